using System.Globalization;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Hermes.Web.Shared;

/// <summary>
/// One line per event with its time in UTC; an exception follows it. A refused start is said once, as a sentence on standard
/// error, and not a second time here with its stack; a start that was told to stop has not failed.
/// </summary>
internal sealed class HermesConsoleFormatter(TimeProvider? clock = null) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "hermes";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (logEntry.Exception is StartRefusedException || (logEntry.Exception is OperationCanceledException && logEntry.EventId.Name == "HostedServiceStartupFaulted"))
            return;
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write((clock ?? TimeProvider.System).GetUtcNow().ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        textWriter.Write(logEntry.LogLevel switch
        {
            LogLevel.Trace => "trace ",
            LogLevel.Debug => "debug ",
            LogLevel.Information => "info  ",
            LogLevel.Warning => "warn  ",
            LogLevel.Error => "error ",
            _ => "fatal ",
        });
        textWriter.Write(logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..]);
        textWriter.Write(": ");
        textWriter.WriteLine(message);
        if (logEntry.Exception is { } failure)
            textWriter.WriteLine(failure.ToString());
    }
}
