using Hawser.Net;

namespace Hawser.Tests.Net.Services;

/// <summary>A stream that breaks, once so many bytes were read from it.</summary>
internal sealed class CuttingStream(PeerStream inner, int after) : PeerStream
{
    private int _left = after;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            inner.Reset();
            throw new IOException("cut");
        }

        var count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancel = default) => inner.CompleteWritesAsync(cancel);

    public override void Reset() => inner.Reset();

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }
}
