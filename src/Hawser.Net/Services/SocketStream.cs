using System.Net.Sockets;

namespace Hawser.Net.Services;

/// <summary>A TCP or UNIX-domain connection.</summary>
internal sealed class SocketStream(Socket socket) : PeerStream
{
    private bool _completed;
    private int _reset;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty)
                buffer = buffer[await socket.SendAsync(buffer, SocketFlags.None, cancellationToken)..];
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        if (_completed) return ValueTask.CompletedTask;
        _completed = true;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other end has gone: it will not miss our end.
        }

        return ValueTask.CompletedTask;
    }

    public override void Reset()
    {
        if (Interlocked.Exchange(ref _reset, 1) == 1) return;
        if (!_completed && socket.AddressFamily is not AddressFamily.Unix) socket.LingerState = new(true, 0); // RST
        socket.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }
}
