using Hermes.Application.Agents;
using Hermes.Application.Billing;
using Hermes.Application.Identity;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared;
using MediatR;

namespace Hermes.Web.Demo;

/// <summary>
/// Makes the demo's organisations, people, credits, agents and first contracts through the same use cases as everybody's.
/// Each step looks first whether it was done, so a start that was cut short goes on where it was.
/// </summary>
internal sealed class DemoStage(IServiceScopeFactory scopes, ISystemScopes system, BootstrapSettings bootstrap, ILogger<DemoStage> logger)
{
    private const int MostAttempts = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>Sets the stage; answers with the agents to play, each with a fresh key.</summary>
    public async Task<IReadOnlyList<DemoSeat>> SetAsync(CancellationToken cancellationToken)
    {
        if (bootstrap.Email is null)
        {
            await using var scope = system.Begin("demo");
            await Must(scope.SendAsync(new BootstrapOperator(DemoCast.OperatorEmail, DemoCast.Password, null), cancellationToken));
        }
        var seats = new List<DemoSeat>();
        foreach (var tenant in DemoCast.Tenants)
        {
            var admin = await FoundAsync(tenant, cancellationToken);
            // Its people try everything, without a plan that ends.
            await using (var billing = system.Begin("demo"))
                await Must(billing.SendAsync(new AgreePlan(tenant.Slug, TenantPlan.Business), cancellationToken));
            if ((await SendAsync(admin, new GetBalance(), cancellationToken)) is { Available.IsZero: true })
                await SendAsync(admin, new AddCredits(tenant.Credits), cancellationToken);
            var own = (await SendAsync(admin, new ListAgents(new AgentFilter { Mine = true }, Paging.MaxLimit), cancellationToken)).Items;
            foreach (var agent in tenant.Agents)
            {
                var id = own.FirstOrDefault(a => a.Name == agent.Profile.Name)?.Id
                    ?? (await SendAsync(admin, new RegisterAgent(agent.Profile), cancellationToken)).Id;
                // Keys are stored hashed, so every start makes a new one and ends the last.
                var key = await SendAsync(admin, new MakeAgentKey(id, OverlapHours: 0), cancellationToken);
                seats.Add(new DemoSeat(agent.Sample, id.Value, key.Key));
            }
        }
        return seats;
    }

    /// <summary>Posts the first contracts and accepts and rates them, unless there are some already.</summary>
    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        var admins = new List<Actor>();
        foreach (var tenant in DemoCast.Tenants)
            admins.Add(await FoundAsync(tenant, cancellationToken));
        if ((await SendAsync(admins[0], new ListContracts { Scope = ContractScope.Mine, Limit = 1 }, cancellationToken)).Items.Count > 0)
            return;
        await AgentsConnectAsync(admins, cancellationToken);
        var posted = new List<(DemoContract Script, Actor Poster, ContractId Id)>();
        foreach (var script in DemoScript.Contracts.Append(DemoScript.Open))
        {
            var poster = admins[script.Poster];
            posted.Add((script, poster, (await SendAsync(poster, new PostContract(script.Input), cancellationToken)).Id));
            await Task.Delay(250, cancellationToken);
        }
        await Task.WhenAll(posted.SkipLast(1).Select(p => FinishAsync(p.Script, p.Poster, p.Id, cancellationToken)));
        logger.LogInformation("The demo's first {Count} contracts are done.", DemoScript.Contracts.Count);
    }

    private async Task FinishAsync(DemoContract script, Actor poster, ContractId id, CancellationToken cancellationToken, int attempt = 1)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LongestWait)
        {
            var contract = await SendAsync(poster, new GetContract(id), cancellationToken);
            if (contract.State == ContractState.Delivered)
            {
                if (!script.Accept)
                    return;
                await TryAsync(poster, new ValidateContract(id, true), cancellationToken);
            }
            else if (contract.State == ContractState.Settled)
            {
                if (script.Stars is { } stars)
                    await TryAsync(poster, new RateContract(id, stars), cancellationToken);
                return;
            }
            else if (contract.State == ContractState.Expired && attempt < MostAttempts)
            {
                // On a busy machine the first bids may come too late: posted once more with a longer window.
                var again = script with { Input = script.Input with { Repeat = true, BiddingWindowSeconds = script.Input.BiddingWindowSeconds * 2 } };
                var posted = await SendAsync(poster, new PostContract(again.Input), cancellationToken);
                await FinishAsync(again, poster, posted.Id, cancellationToken, attempt + 1);
                return;
            }
            else if (contract.State is ContractState.Expired or ContractState.Cancelled or ContractState.Disputed or ContractState.Refunded)
            {
                return;
            }
            await Task.Delay(500, cancellationToken);
        }
    }

    private async Task AgentsConnectAsync(List<Actor> admins, CancellationToken cancellationToken)
    {
        var wanted = DemoCast.Tenants.Sum(t => t.Agents.Count);
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LongestWait)
        {
            var online = 0;
            foreach (var admin in admins)
                online += (await SendAsync(admin, new ListAgents(new AgentFilter { Mine = true, Available = true }, Paging.MaxLimit), cancellationToken)).Items.Count;
            if (online >= wanted)
                return;
            await Task.Delay(250, cancellationToken);
        }
    }

    /// <summary>The organisation's admin, after seeing to it that organisation and people exist.</summary>
    private async Task<Actor> FoundAsync(DemoTenant tenant, CancellationToken cancellationToken)
    {
        await using var scope = system.Begin("demo");
        var (people, db) = (scope.Services.GetRequiredService<IPeople>(), scope.Services.GetRequiredService<IIdentityDb>());
        var work = scope.Services.GetRequiredService<IUnitOfWork>();
        var clock = scope.Services.GetRequiredService<TimeProvider>();
        var owner = tenant.People[0];
        var id = (await scope.Services.GetRequiredService<ITenants>().FindBySlugAsync(tenant.Slug, cancellationToken))?.Id
            ?? (await Must(scope.SendAsync(new CreateTenant(tenant.Name, tenant.Slug, new OwnerInput(owner.Email, DemoCast.Password, owner.Name)), cancellationToken))).Id;
        foreach (var person in tenant.People.Skip(1))
        {
            await Must(work.RunAsync(async () =>
            {
                // Invitations go by mail; these people have none to read.
                if (await people.FindByEmailAsync(person.Email, cancellationToken) is not null)
                    return Done.Ok;
                var made = await people.CreateAsync(person.Email, person.Name, DemoCast.Password, confirmed: true, cancellationToken);
                if (!made.Succeeded)
                    return made.Error;
                db.Members.Add(Member.Join(id, made.Value.Id, person.Role, clock.GetUtcNow()).Value);
                return Done.Ok;
            }, cancellationToken));
        }
        var account = await people.FindByEmailAsync(owner.Email, cancellationToken) ?? throw new InvalidOperationException($"{owner.Email} is gone.");
        return new Actor { Kind = ActorKind.Person, Name = account.Email, Person = account.Id, Tenant = id, Permissions = BuiltInRoles.PermissionsOf(BuiltInRoles.Admin) };
    }

    private async Task<T> SendAsync<T>(Actor actor, IRequest<Result<T>> request, CancellationToken cancellationToken) =>
        await Must(TryAsync(actor, request, cancellationToken));

    private async Task<Result<T>> TryAsync<T>(Actor actor, IRequest<Result<T>> request, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(actor);
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
    }

    private static async Task<T> Must<T>(Task<Result<T>> sending)
    {
        var result = await sending;
        return result.Succeeded ? result.Value : throw new InvalidOperationException($"The demo was refused: {result.Error.Code}: {result.Error.Message}");
    }
}
