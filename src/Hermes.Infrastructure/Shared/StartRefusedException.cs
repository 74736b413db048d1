namespace Hermes.Infrastructure.Shared;

/// <summary>
/// Hermes can't start on this machine or with this configuration. The message is one sentence for the person who
/// started it and says what to change; the host prints it without a stack trace and exits with code 1.
/// </summary>
public sealed class StartRefusedException : Exception
{
    /// <summary>Refuses the start.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="inner">The cause, for the log; null when there is none beyond the message.</param>
    public StartRefusedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
