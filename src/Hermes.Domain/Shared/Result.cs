using System.Diagnostics.CodeAnalysis;

namespace Hermes.Domain.Shared;

/// <summary>What every <see cref="Result{T}"/> can tell without knowing its type.</summary>
public interface IResult
{
    /// <summary>Null when the use case succeeded.</summary>
    Error? Error { get; }
}

/// <summary>A result that the pipeline can make from an error without knowing its type.</summary>
/// <typeparam name="TSelf">The result type itself.</typeparam>
public interface IFailable<TSelf> : IResult where TSelf : IFailable<TSelf>
{
    /// <summary>The failed result.</summary>
    static abstract TSelf Fail(Error error);
}

/// <summary>Either the value of a use case or the <see cref="Error"/> that refused it.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly record struct Result<T> : IFailable<Result<T>>
{
    private readonly T? _value;

    private Result(T? value, Error? error)
    {
        _value = value;
        Error = error;
    }

    /// <inheritdoc />
    public Error? Error { get; }

    /// <summary>True when there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The result is an error.</exception>
    public T Value => Error is null
        ? _value!
        : throw new InvalidOperationException($"No value: {Error.Code}: {Error.Message}");

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Result<T>(Error error) => new(default, error);

    /// <inheritdoc />
    public static Result<T> Fail(Error error) => new(default, error);
}

/// <summary>The value of a use case that has nothing to say but that it was done.</summary>
public readonly record struct Done
{
    /// <summary>The only value.</summary>
    public static readonly Result<Done> Ok = new Done();
}
