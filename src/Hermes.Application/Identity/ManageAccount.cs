using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Identity;

/// <summary>Who the caller is.</summary>
[RequiresSignIn]
public sealed record GetMe : IQuery<Me>, IAcrossTenants;

/// <summary>The caller as the API shows it.</summary>
/// <param name="Kind"><c>person</c> or <c>agent</c>.</param>
/// <param name="Id">The person's or agent's id.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="Email">Null for agents.</param>
/// <param name="Tenant">The tenant acted for; null when none is chosen.</param>
/// <param name="Permissions">In that tenant, sorted.</param>
/// <param name="IsOperator">May use the back office.</param>
/// <param name="Tenants">All of a person's tenants; empty for agents.</param>
public sealed record Me(string Kind, Guid Id, string Name, string? Email, TenantId? Tenant, IReadOnlyList<string> Permissions, bool IsOperator, IReadOnlyList<Membership> Tenants);

/// <summary>Handles <see cref="GetMe"/>.</summary>
public sealed class GetMeHandler(IPeople people, IIdentityDb identity, ITenancyDb tenancy, ICurrentActor current) : IRequestHandler<GetMe, Result<Me>>
{
    /// <inheritdoc />
    public async Task<Result<Me>> Handle(GetMe request, CancellationToken cancellationToken)
    {
        var actor = current.Actor;
        var permissions = actor.Permissions.Order(StringComparer.Ordinal).ToList();
        if (actor.Person is not { } person)
            return new Me(SnakeCase.Of(actor.Kind.ToString()), actor.SubjectId, actor.Name, null, actor.Tenant, permissions, false, []);
        if (await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        var tenants = await Memberships.OfAsync(identity, tenancy, person, cancellationToken);
        return new Me("person", person.Value, account.Name, account.Email, actor.Tenant, permissions, actor.IsOperator, tenants);
    }
}

/// <summary>Changes one's own name.</summary>
/// <param name="Name">As shown to others.</param>
[RequiresSignIn]
public sealed record RenameMe(string Name) : ICommand<Done>, IAcrossTenants;

/// <summary>Validates <see cref="RenameMe"/>.</summary>
public sealed class RenameMeValidator : AbstractValidator<RenameMe>
{
    /// <summary>The rules.</summary>
    public RenameMeValidator() => RuleFor(r => r.Name).Must(PersonName.IsValid).WithMessage($"A name has 1 to {PersonName.MaxLength} visible characters.");
}

/// <summary>Handles <see cref="RenameMe"/>.</summary>
public sealed class RenameMeHandler(IPeople people, IAudit audit, ICurrentActor current) : IRequestHandler<RenameMe, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RenameMe request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person || await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        await people.RenameAsync(person, request.Name.Trim(), cancellationToken);
        audit.Record("person.rename", "person", person.Value, new { account.Name }, new { Name = request.Name.Trim() });
        return Done.Ok;
    }
}

/// <summary>Changes one's own password; every other session ends.</summary>
/// <param name="Present">The present password.</param>
/// <param name="Password">The new one.</param>
[RequiresSignIn]
public sealed record ChangePassword(string Present, string Password) : ICommand<string>, IAcrossTenants, IOwnTransaction;

/// <summary>Validates <see cref="ChangePassword"/>.</summary>
public sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    /// <summary>The rules.</summary>
    public ChangePasswordValidator()
    {
        RuleFor(r => r.Present).NotEmpty().MaximumLength(PasswordRules.MaxLength);
        RuleFor(r => r.Password).Custom((password, context) =>
        {
            if (PasswordRules.Check(password, null) is { } wrong)
                context.AddFailure(wrong.Message);
        });
    }
}

/// <summary>Handles <see cref="ChangePassword"/>; answers the new stamp for the session that goes on.</summary>
public sealed class ChangePasswordHandler(IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit, IUnitOfWork work, ICurrentActor current)
    : IRequestHandler<ChangePassword, Result<string>>
{
    /// <inheritdoc />
    public async Task<Result<string>> Handle(ChangePassword request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person || await people.FindAsync(person, cancellationToken) is not { } account)
            return AccessErrors.SignInNeeded;
        // A stolen session must not guess the password either: failures are counted, outside the transaction.
        var present = await people.CheckPasswordAsync(account.Email, request.Present, cancellationToken);
        if (!present.Succeeded)
            return IdentityErrors.PasswordWrong;
        return await work.RunAsync<string>(async () =>
        {
            var changed = await people.ChangePasswordAsync(person, request.Present, request.Password, cancellationToken);
            if (!changed.Succeeded)
                return changed.Error;
            mailbox.Post(IdentityMails.PasswordChanged(account.Email, account.Name, links));
            audit.Record("person.change_password", "person", person.Value, null, null);
            return changed.Value.Stamp;
        }, cancellationToken);
    }
}

/// <summary>Ends every session of one's own, this one too. Tokens stay.</summary>
[RequiresSignIn]
public sealed record SignOutEverywhere : ICommand<Done>, IAcrossTenants;

/// <summary>Handles <see cref="SignOutEverywhere"/>.</summary>
public sealed class SignOutEverywhereHandler(IPeople people, IAudit audit, ICurrentActor current) : IRequestHandler<SignOutEverywhere, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(SignOutEverywhere request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        await people.EndSessionsAsync(person, cancellationToken);
        audit.Record("person.sign_out_everywhere", "person", person.Value, null, null);
        return Done.Ok;
    }
}

/// <summary>Chooses the tenant to work in.</summary>
/// <param name="Tenant">One of the person's.</param>
[RequiresSignIn]
public sealed record ChooseTenant(TenantId Tenant) : ICommand<Membership>, IAcrossTenants;

/// <summary>Handles <see cref="ChooseTenant"/>.</summary>
public sealed class ChooseTenantHandler(IPeople people, IIdentityDb identity, ITenancyDb tenancy, ICurrentActor current)
    : IRequestHandler<ChooseTenant, Result<Membership>>
{
    /// <inheritdoc />
    public async Task<Result<Membership>> Handle(ChooseTenant request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        var tenants = await Memberships.OfAsync(identity, tenancy, person, cancellationToken);
        if (tenants.FirstOrDefault(m => m.Id == request.Tenant) is not { } chosen)
            return IdentityErrors.NotYourTenant;
        if (chosen.Status != Domain.Tenancy.TenantStatus.Active)
            return Domain.Tenancy.TenancyErrors.Suspended;
        await people.RememberTenantAsync(person, chosen.Id, cancellationToken);
        return chosen;
    }
}
