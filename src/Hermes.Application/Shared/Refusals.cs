using FluentValidation;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>Domain rules as validators.</summary>
public static class Refusals
{
    /// <summary>The member's error is what the rule says.</summary>
    /// <param name="builder">The member.</param>
    /// <param name="rule">Null when the value is fine.</param>
    public static IRuleBuilderOptionsConditions<T, TValue> Refuses<T, TValue>(this IRuleBuilder<T, TValue> builder, Func<TValue, Error?> rule) =>
        builder.Custom((value, context) =>
        {
            if (rule(value) is { } wrong)
                context.AddFailure(wrong.Message);
        });
}
