namespace Hermes.Domain.Shared;

/// <summary>
/// A typed UUIDv7. One record struct per subject keeps a bid's id out of a contract's place; persistence, JSON and
/// routes handle every implementation the same way.
/// </summary>
/// <typeparam name="TSelf">The id type itself.</typeparam>
public interface IId<TSelf> : IParsable<TSelf> where TSelf : struct, IId<TSelf>
{
    /// <summary>The UUID; <see cref="Guid.Empty"/> only in <c>default</c>, which names nothing.</summary>
    Guid Value { get; }

    /// <summary>Wraps a UUID.</summary>
    static abstract TSelf From(Guid value);

    static TSelf IParsable<TSelf>.Parse(string s, IFormatProvider? provider) => TSelf.From(Guid.Parse(s));

    static bool IParsable<TSelf>.TryParse(string? s, IFormatProvider? provider, out TSelf result)
    {
        var parsed = Guid.TryParse(s, out var value);
        result = TSelf.From(value);
        return parsed;
    }
}

/// <summary>Makes ids.</summary>
public static class Id
{
    /// <summary>A new UUIDv7 of the clock's present instant.</summary>
    public static TId New<TId>(TimeProvider clock) where TId : struct, IId<TId> =>
        TId.From(Guid.CreateVersion7(clock.GetUtcNow()));
}

/// <summary>A tenant (an organisation).</summary>
public readonly record struct TenantId(Guid Value) : IId<TenantId>
{
    /// <summary>The installation itself: owner of the platform's accounts and of operators' acts. Never a customer.</summary>
    public static readonly TenantId Platform = new(new Guid("00000000-0000-7000-8000-000000000001"));

    /// <inheritdoc />
    public static TenantId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A person who signs in, member of any number of tenants.</summary>
public readonly record struct PersonId(Guid Value) : IId<PersonId>
{
    /// <inheritdoc />
    public static PersonId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>An agent.</summary>
public readonly record struct AgentId(Guid Value) : IId<AgentId>
{
    /// <inheritdoc />
    public static AgentId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A contract on the mesh.</summary>
public readonly record struct ContractId(Guid Value) : IId<ContractId>
{
    /// <inheritdoc />
    public static ContractId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A disagreement about a contract.</summary>
public readonly record struct DisputeId(Guid Value) : IId<DisputeId>
{
    /// <inheritdoc />
    public static DisputeId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A part of a contract that is delivered and paid on its own.</summary>
public readonly record struct MilestoneId(Guid Value) : IId<MilestoneId>
{
    /// <inheritdoc />
    public static MilestoneId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A bid on a contract.</summary>
public readonly record struct BidId(Guid Value) : IId<BidId>
{
    /// <inheritdoc />
    public static BidId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}
