namespace Hermes.Application.Shared.Settings;

/// <summary>Hermes as an A2A server.</summary>
[Settings("Hermes:A2A")]
public sealed class A2AServerSettings
{
    /// <summary>
    /// Whether <c>/a2a/conformance</c> is there: an agent that behaves as the protocol's conformance kits expect and needs no
    /// key. For development; leave it off where others can reach the installation.
    /// </summary>
    public bool ConformanceAgent { get; set; }
}
