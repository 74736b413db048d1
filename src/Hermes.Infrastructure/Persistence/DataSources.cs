using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Hermes.Infrastructure.Persistence;

/// <summary>Keys of the two data sources, and how their logins follow from the owner's connection string.</summary>
public static class DataSources
{
    /// <summary>People and agents: role <c>hermes_app</c>, row level security by <c>app.tenant</c>.</summary>
    public const string App = "app";

    /// <summary>System actors: role <c>hermes_engine</c>, sees all rows, still cannot change the schema or the ledger's history.</summary>
    public const string Engine = "engine";

    /// <summary>The roles' names in the database cluster.</summary>
    public static readonly (string App, string Engine) Roles = ("hermes_app", "hermes_engine");

    /// <summary>
    /// The role's password: derived from the owner's, so that every node that knows the owner's connection string
    /// knows it and nothing more needs to be stored or configured.
    /// </summary>
    /// <exception cref="InvalidOperationException">The owner's connection string holds no password.</exception>
    public static string PasswordOf(string role, string ownerConnectionString)
    {
        var owner = new NpgsqlConnectionStringBuilder(ownerConnectionString);
        if (string.IsNullOrEmpty(owner.Password))
            throw new InvalidOperationException(
                "ConnectionStrings:Hermes needs a password, from which the passwords of the roles hermes_app and hermes_engine follow; or give ConnectionStrings:HermesApp and ConnectionStrings:HermesEngine.");
        return Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(owner.Password), Encoding.UTF8.GetBytes("hermes role " + role)));
    }

    /// <summary>The connection string of a role, from the owner's.</summary>
    public static string For(string role, string ownerConnectionString) =>
        new NpgsqlConnectionStringBuilder(ownerConnectionString)
        {
            Username = role,
            Password = PasswordOf(role, ownerConnectionString),
            ApplicationName = role,
        }.ConnectionString;
}

/// <summary>Where the database is. Filled before the host is built: configured, or the embedded server's.</summary>
/// <param name="Owner">Owns the schema; used for migrations only.</param>
/// <param name="App">Login for people's and agents' requests.</param>
/// <param name="Engine">Login for system actors.</param>
public sealed record HermesDatabase(string Owner, string App, string Engine)
{
    /// <summary>From the owner's connection string, with optional logins of their own.</summary>
    public static HermesDatabase From(string owner, string? app = null, string? engine = null) => new(
        owner,
        app ?? DataSources.For(DataSources.Roles.App, owner),
        engine ?? DataSources.For(DataSources.Roles.Engine, owner));

    /// <summary>True when Hermes itself makes the two roles (no logins of their own were configured).</summary>
    public bool DerivesRoles => App == DataSources.For(DataSources.Roles.App, Owner);
}
