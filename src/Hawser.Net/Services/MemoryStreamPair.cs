using System.IO.Pipelines;

namespace Hawser.Net.Services;

/// <summary>One end of a stream that leaves the process nowhere.</summary>
internal sealed class MemoryStreamPair : PeerStream
{
    private readonly PipeReader _in;
    private readonly PipeWriter _out;
    private bool _ended;

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
        var result = await _in.ReadAsync(cancellationToken);
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        System.Buffers.BuffersExtensions.CopyTo(taken, buffer.Span);
        _in.AdvanceTo(taken.End);
        return count;
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return;
        var result = await _out.WriteAsync(buffer, cancellationToken);
        if (result.IsCompleted) throw new IOException("The other end is closed.");
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        if (_ended) return;
        _ended = true;
        await _out.CompleteAsync();
    }

    public override void Reset()
    {
        var error = new IOException("The stream was reset.");
        if (!_ended) _out.Complete(error);
        _ended = true;
        _in.Complete(error);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }
}
