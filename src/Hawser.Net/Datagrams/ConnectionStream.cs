using System.IO.Pipelines;
using Hawser.Net.Peers;

namespace Hawser.Net.Datagrams;

/// <summary>
/// A stream of a connection, as a <see cref="Stream"/> and as a pipe: use one of the two faces. Reliable, in order, in
/// both directions, each of which ends by itself; who reads slowly holds up nobody but its own writer.
/// </summary>
public sealed class ConnectionStream : PeerStream, IDuplexPipe
{
    private PipeReader? _input;
    private PipeWriter? _output;

    internal ConnectionStream(EndpointStream inner) => Inner = inner;

    /// <summary>Its number within the connection, the same at both ends.</summary>
    public uint Id => Inner.Id;

    /// <summary>What the peer writes.</summary>
    public PipeReader Input => _input ??= PipeReader.Create(Inner, new(bufferSize: 64 * 1024, leaveOpen: true));

    /// <summary>What we write; completing it ends our direction.</summary>
    public PipeWriter Output => _output ??= PipeWriter.Create(new EndingWrites(Inner), new(minimumBufferSize: 64 * 1024));

    internal EndpointStream Inner { get; }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Inner.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Inner.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask CompleteWritesAsync(CancellationToken cancel = default) => Inner.CompleteWritesAsync(cancel);

    /// <inheritdoc/>
    public override void Reset() => Inner.Reset();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Inner.Dispose();
        base.Dispose(disposing);
    }

    // A pipe that is completed disposes of its stream; here that is the end of one direction.
    private sealed class EndingWrites(EndpointStream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            inner.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.CompleteWritesAsync();
            await base.DisposeAsync(); // comes to Dispose, which finds it done
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.CompleteWritesAsync().AsTask().GetAwaiter().GetResult();
            base.Dispose(disposing);
        }
    }
}
