using System.Runtime.CompilerServices;
using Hawser.Transport;

namespace Hawser.Net.Peers;

/// <summary>A stream of a connection. Reads and writes go straight to the endpoint; events wake who found nothing.</summary>
internal sealed class EndpointStream(IStreamOwner owner, uint id) : PeerStream
{
    private readonly Signal _readable = new();
    private readonly Signal _writable = new();
    private volatile IOException? _failure;
    private volatile bool _readEnded, _writesEnded;
    private bool _endSeen;
    private int _read, _written; // by a command, under the pump's lock, for the one reader and the one writer

    public uint Id => id;

    /// <summary>Whose it is.</summary>
    public IStreamOwner Owner => owner;

    public void Readable() => _readable.Set();

    public void Writable() => _writable.Set();

    /// <summary>The stream, or the connection under it, is no more.</summary>
    public void Fail(IOException failure)
    {
        _failure ??= failure;
        Readable();
        Writable();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!_readEnded && !buffer.IsEmpty)
        {
            ThrowIfFailed();
            var count = TryRead(buffer.Span);
            if (_endSeen)
            {
                _readEnded = true;
                ForgetIfOver();
            }

            if (count > 0) return count;
            if (!_endSeen) await _readable.WaitAsync(cancellationToken);
        }

        return 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_writesEnded) throw new InvalidOperationException("The writes are completed.");
        while (!buffer.IsEmpty)
        {
            ThrowIfFailed();
            buffer = buffer[TryWrite(buffer.Span)..];
            if (!buffer.IsEmpty) await _writable.WaitAsync(cancellationToken);
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        if (_writesEnded) return ValueTask.CompletedTask;
        ThrowIfFailed();
        _writesEnded = true;
        owner.Access.Feed(this, static (endpoint, now, s) => endpoint.Finish(now, s.Connection, s.Id));
        ForgetIfOver();
        return ValueTask.CompletedTask;
    }

    public override void Reset()
    {
        if ((_readEnded && _writesEnded) || _failure is not null) return;
        Fail(new("The stream was reset."));
        owner.Access.Feed(this, static (endpoint, now, s) => endpoint.Reset(now, s.Connection, s.Id));
        owner.Forget(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }

    private ConnectionId Connection => owner.Connection;

    private int TryRead(Span<byte> target)
    {
        owner.Access.Feed(new ReadCall(this, target), static (endpoint, now, call) =>
        {
            var s = call.Stream;
            s._read = endpoint.Read(now, s.Connection, s.Id, call.Target, out var end);
            s._endSeen = end;
        });
        return _read;
    }

    private int TryWrite(ReadOnlySpan<byte> bytes)
    {
        owner.Access.Feed(new WriteCall(this, bytes), static (endpoint, now, call) =>
            call.Stream._written = endpoint.Write(now, call.Stream.Connection, call.Stream.Id, call.Bytes));
        return _written;
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure) throw new IOException(failure.Message, failure);
    }

    private void ForgetIfOver()
    {
        if (_readEnded && _writesEnded) owner.Forget(this);
    }

    private readonly ref struct ReadCall(EndpointStream stream, Span<byte> target)
    {
        public readonly EndpointStream Stream = stream;
        public readonly Span<byte> Target = target;
    }

    private readonly ref struct WriteCall(EndpointStream stream, ReadOnlySpan<byte> bytes)
    {
        public readonly EndpointStream Stream = stream;
        public readonly ReadOnlySpan<byte> Bytes = bytes;
    }
}
