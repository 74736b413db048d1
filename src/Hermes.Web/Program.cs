using Hermes.Infrastructure;
using Hermes.Infrastructure.Persistence.Embedded;
using Hermes.Infrastructure.Shared;
using Hermes.Web.Shared;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;

EmbeddedPostgres? database = null;
try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Logging.AddConsole(console => console.FormatterName = HermesConsoleFormatter.FormatterName).AddConsoleFormatter<HermesConsoleFormatter, ConsoleFormatterOptions>();
    builder.Services.AddSettings(builder.Configuration, typeof(Hermes.Application.AssemblyMark).Assembly, typeof(HermesServices).Assembly, typeof(Program).Assembly);
    ListenAddresses.RefuseTaken(builder.Configuration);
    database = await builder.AddDatabaseAsync();
    builder.Services.AddHermes(builder.Configuration);
    builder.Services.AddHermesWeb(builder.Configuration);

    await using var app = builder.Build();
    await app.PrepareDatabaseAsync();
    app.UseHermesWeb();
    try
    {
        await app.StartAsync();
    }
    catch (Exception failure)
    {
        var stopped = failure is OperationCanceledException && app.Lifetime.ApplicationStopping.IsCancellationRequested;
        // What had started by then ends before what it works with is gone.
        await app.StopAsync();
        if (stopped)
            return 0;
        throw;
    }
    await app.WaitForShutdownAsync();
    return 0;
}
catch (StartRefusedException refused)
{
    await Console.Error.WriteLineAsync($"Hermes can't start. {refused.Message}");
    return 1;
}
catch (IOException failure) when (failure.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"Hermes can't start. {failure.Message} Choose another with --urls or ASPNETCORE_URLS.");
    return 1;
}
finally
{
    // Everything that uses the database has stopped by now, or never started.
    if (database is not null)
        await database.StopAsync();
}

/// <summary>The web application; named so that tests can start it.</summary>
public partial class Program;
