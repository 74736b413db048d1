using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Makes the first operator with a token; does nothing once there is an operator. The caller sees to it that one node at a time does it.</summary>
/// <param name="Email">The operator's address, counted as confirmed.</param>
/// <param name="Password">For a new account; one that exists keeps its own.</param>
/// <param name="Token">The text of the token; null to make one.</param>
[RequiresSystem]
public sealed record BootstrapOperator(string Email, string Password, string? Token) : ICommand<Bootstrapped>;

/// <summary>What bootstrapping did.</summary>
/// <param name="Made">False when there was an operator already.</param>
/// <param name="GeneratedToken">The token's text where Hermes made it; null else.</param>
public sealed record Bootstrapped(bool Made, string? GeneratedToken);

/// <summary>Handles <see cref="BootstrapOperator"/>.</summary>
public sealed class BootstrapOperatorHandler(IPeople people, IIdentityDb db, IAudit audit, TimeProvider clock) : IRequestHandler<BootstrapOperator, Result<Bootstrapped>>
{
    /// <inheritdoc />
    public async Task<Result<Bootstrapped>> Handle(BootstrapOperator request, CancellationToken cancellationToken)
    {
        if (await db.Members.AnyAsync(m => m.TenantId == TenantId.Platform, cancellationToken))
            return new Bootstrapped(false, null);
        var account = await people.FindByEmailAsync(request.Email, cancellationToken);
        if (account is null)
        {
            if (await people.CheckNewPasswordAsync(request.Password, request.Email, cancellationToken) is { } weak)
                return weak;
            var made = await people.CreateAsync(request.Email, request.Email.Split('@')[0], request.Password, confirmed: true, cancellationToken);
            if (!made.Succeeded)
                return made.Error;
            account = made.Value;
        }
        db.Members.Add(Member.Join(TenantId.Platform, account.Id, BuiltInRoles.Operator, clock.GetUtcNow()).Value);
        audit.Record("operator.bootstrap", "person", account.Id.Value, null, new { account.Email }, TenantId.Platform);
        var token = TokenMaking.Make(db, audit, clock, TenantId.Platform, account.Id, "Bootstrap", null, null, request.Token);
        return token.Succeeded ? new Bootstrapped(true, request.Token is null ? token.Value.Token : null) : token.Error;
    }
}
