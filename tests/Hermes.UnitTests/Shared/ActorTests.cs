using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Shared;

public sealed class ActorTests
{
    private static readonly Guid Id = Guid.CreateVersion7();

    [Fact]
    public void Logs_name_an_actor_by_what_it_has_and_never_by_its_address()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        Actor.Anonymous.ToString().ShouldBe("nobody signed in");
        new Actor { Kind = ActorKind.System, Name = "sweeper" }.ToString().ShouldBe("system sweeper");
        new Actor { Kind = ActorKind.Agent, Name = "Shouter", Agent = new AgentId(Id), Tenant = tenant }.ToString().ShouldBe($"agent {Id} in {tenant}");
        new Actor { Kind = ActorKind.Person, Name = "ada@aurora.example", Person = new PersonId(Id) }.ToString().ShouldBe($"person {Id}");
    }
}
