using System.Threading.Channels;
using Hawser.Net.Control;

namespace Hawser.Net.Hosting;

/// <summary>Writes what is reported, one line each and in order, while whoever reports goes on.</summary>
internal sealed class LineProgress<T> : IProgress<T>, IAsyncDisposable
    where T : class
{
    private readonly Channel<T> _lines = Channel.CreateUnbounded<T>();
    private readonly Task _writing;

    public LineProgress(ControlCall call, CancellationToken cancel) => _writing = WriteAsync(call, cancel);

    public void Report(T value) => _lines.Writer.TryWrite(value);

    /// <summary>Returns when all is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync(ControlCall call, CancellationToken cancel)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancel)) await call.WriteAsync(line, cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The verb went away; the handler is cancelled too.
        }
    }
}
