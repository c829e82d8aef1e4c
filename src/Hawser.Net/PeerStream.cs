using Hawser.Net.Services;

namespace Hawser.Net;

/// <summary>
/// A stream to a peer: reliable, in order, in both directions, each of which ends by itself. One reader and one
/// writer at a time; both may be at work at once. Disposal before both ends were reached resets it.
/// </summary>
public abstract class PeerStream : Stream
{
    /// <summary>Ends our direction: the peer reads to the end of what was written. Idempotent.</summary>
    public abstract ValueTask CompleteWritesAsync(CancellationToken cancel = default);

    /// <summary>Ends both directions at once, and says to the peer that it is no proper end.</summary>
    public abstract void Reset();

    /// <summary>Two ends of a stream within this process, for tests of what works on one.</summary>
    /// <param name="window">Bytes under way in each direction before a writer must wait.</param>
    public static (PeerStream A, PeerStream B) CreatePair(int window = 64 * 1024) => MemoryStreamPair.Create(window);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public abstract override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
