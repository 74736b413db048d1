using System.Diagnostics;
using Hermes.Application.Shared;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Shared;

/// <summary>
/// Ends this process at the fault point that the environment variable <c>HERMES_FAULT_POINT</c> names, as kill −9 would.
/// Without the variable, and in any environment but Development and Testing, reaching a point does nothing.
/// </summary>
internal sealed class FaultPoints(IHostEnvironment environment, ILogger<FaultPoints> logger) : IFaultPoints
{
    private readonly string? _armed = environment.IsDevelopment() || environment.IsEnvironment("Testing")
        ? Environment.GetEnvironmentVariable("HERMES_FAULT_POINT")
        : null;

    public void Reach(string name)
    {
        if (_armed is null || _armed != name)
            return;
        logger.LogCritical("Fault point {Name} reached; the process ends.", name);
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal comes at once; nothing more may happen until then.
        Thread.Sleep(Timeout.Infinite);
    }
}
