using Hermes.Application.Shared;
using Hermes.Domain.Ledger.Public;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Account kinds as the database writes them.</summary>
internal static class AccountKindText
{
    private static readonly string[] Texts = [.. Enum.GetValues<AccountKind>().Select(kind => SnakeCase.Of(kind.ToString()))];

    public static string ToText(this AccountKind kind) => Texts[(int)kind];
}
