using System.Net.Sockets;

namespace Hawser.Net.Sockets;

/// <summary>Asks .NET, on any system: each socket is waited for by itself, on whatever thread comes.</summary>
internal sealed class AsyncReadiness : IReadiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20); // after an error, which may be that there are too many files
    private volatile bool _closed;

    /// <inheritdoc/>
    public event Action? Told;

    /// <inheritdoc/>
    public void Watch(IReadable who) => _ = WatchAsync(who);

    /// <inheritdoc/>
    public void Forget(IReadable who)
    {
    }

    /// <inheritdoc/>
    public void Listen(Socket listener, Action<Socket> taken, Action<SocketError> failed) => _ = ListenAsync(listener, taken, failed);

    /// <inheritdoc/>
    public void Dispose() => _closed = true;

    private async Task WatchAsync(IReadable who)
    {
        try
        {
            await who.Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // a read tells
        }

        who.Ready(isLast: false);
        Told?.Invoke();
    }

    private async Task ListenAsync(Socket listener, Action<Socket> taken, Action<SocketError> failed)
    {
        while (!_closed)
        {
            try
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                socket.Blocking = false;
                taken(socket);
                Told?.Invoke();
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException e)
            {
                if (_closed) return;
                failed(e.SocketErrorCode);
                await Task.Delay(Pause).ConfigureAwait(false);
            }
        }
    }
}
