namespace Hermes.Web.Api.Mesh;

/// <summary>Words.</summary>
/// <param name="Reason">Why.</param>
public sealed record ReasonBody(string? Reason = null);
