namespace Hermes.Application.Identity.Public;

/// <summary>Somebody to try Hermes as.</summary>
/// <param name="Organisation">Their tenant.</param>
/// <param name="Name">Their name.</param>
/// <param name="Role">Their role.</param>
/// <param name="Email">Address to sign in with.</param>
/// <param name="Password">Password to sign in with.</param>
public sealed record DemoSignIn(string Organisation, string Name, string Role, string Email, string Password);

/// <summary>The demo's people, shown on the sign-in page; whoever runs a demo registers one.</summary>
public interface IDemoSignIns
{
    /// <summary>Empty when no demo runs.</summary>
    IReadOnlyList<DemoSignIn> People { get; }
}
