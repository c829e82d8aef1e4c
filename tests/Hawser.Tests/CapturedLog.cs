using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Hawser.Tests;

/// <summary>All that was logged.</summary>
internal sealed class CapturedLog : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    /// <summary>None of these stands in a line that is shown by default, nor in an exception beside one.</summary>
    public void KeepsSecret(params ReadOnlySpan<string> secrets)
    {
        foreach (var secret in secrets)
            Assert.DoesNotContain(_lines, line => line.Level > LogLevel.Debug && line.Text.Contains(secret, StringComparison.Ordinal));
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
}
