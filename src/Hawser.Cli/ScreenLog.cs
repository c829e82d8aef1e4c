using Microsoft.Extensions.Logging;

namespace Hawser.Cli;

/// <summary>The log of a node that runs in the foreground: one line of talk an event.</summary>
internal sealed class ScreenLog(Screen screen, LogLevel least = LogLevel.Information) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var text = formatter(state, exception);
        if (exception is not null) text += ": " + exception.Message;
        if (logLevel >= LogLevel.Warning) screen.Warn(text);
        else screen.Say(text);
    }
}
