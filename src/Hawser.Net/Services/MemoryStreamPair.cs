using System.Buffers;
using System.IO.Pipelines;

namespace Hawser.Net.Services;

/// <summary>One end of a stream that leaves the process nowhere.</summary>
internal sealed class MemoryStreamPair : PeerStream
{
    private readonly PipeReader _in;
    private readonly PipeWriter _out;
    private bool _ended;
    private volatile bool _reset;

    private MemoryStreamPair(Pipe inbound, Pipe outbound) => (_in, _out) = (inbound.Reader, outbound.Writer);

    public static (PeerStream A, PeerStream B) Create(int window)
    {
        var options = new PipeOptions(
            pauseWriterThreshold: window, resumeWriterThreshold: Math.Max(window / 2, 1), useSynchronizationContext: false);
        Pipe there = new(options), back = new(options);
        return (new MemoryStreamPair(back, there), new MemoryStreamPair(there, back));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        try
        {
            var result = await _in.ReadAsync(cancellationToken);
            if (result.IsCanceled) throw Failure();
            var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            _in.AdvanceTo(taken.End);
            return count;
        }
        catch (InvalidOperationException) when (_reset)
        {
            throw Failure();
        }
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return;
        try
        {
            var result = await _out.WriteAsync(buffer, cancellationToken);
            if (result.IsCanceled || result.IsCompleted) throw Failure();
        }
        catch (InvalidOperationException) when (_reset)
        {
            throw Failure();
        }
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        if (_ended) return;
        _ended = true;
        await _out.CompleteAsync();
    }

    public override void Reset()
    {
        if (_reset) return;
        _reset = true;
        _in.CancelPendingRead();
        _out.CancelPendingFlush();
        if (!_ended) _out.Complete(Failure());
        _ended = true;
        _in.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }

    private static IOException Failure() => new("The stream was reset.");
}
