using System.Net;
using System.Net.Sockets;
using Hermes.Infrastructure.Shared;
using Hermes.Web.Shared;

namespace Hermes.IntegrationTests.Operations;

public sealed class ListenAddressesTests : IDisposable
{
    private readonly TcpListener _other = new(IPAddress.Loopback, 0);

    public ListenAddressesTests() => _other.Start();

    private int Port => ((IPEndPoint)_other.LocalEndpoint).Port;

    [Theory]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://*:{0}")]
    [InlineData("http://127.0.0.1:0; https://localhost:{0}")]
    public void An_address_that_another_program_has_is_named(string addresses)
    {
        var refusal = Should.Throw<StartRefusedException>(() => ListenAddresses.RefuseTaken(string.Format(null, addresses, Port)));
        refusal.Message.ShouldContain($":{Port}");
        refusal.Message.ShouldContain("address already in use");
        refusal.Message.ShouldContain("--urls");
        refusal.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void Free_addresses_any_port_and_sockets_of_the_file_system_are_let_pass()
    {
        var address = $"http://localhost:{Port}";
        _other.Stop();
        ListenAddresses.RefuseTaken($"{address};http://127.0.0.1:0;http://unix:/tmp/hermes-nobody.sock");
    }

    public void Dispose() => _other.Dispose();
}
