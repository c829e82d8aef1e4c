using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Services;

/// <summary>A local TCP port that leads to a peer's service: every connection is a stream of its own.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private static readonly TimeSpan OutOfSockets = TimeSpan.FromMilliseconds(50);

    private readonly Socket _listener;
    private readonly Func<CancellationToken, ValueTask<PeerStream>> _open;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _connections;
    private long _total;

    /// <summary>Listens at once.</summary>
    /// <param name="local">Loopback, unless somebody asked for more; port 0 takes a free one.</param>
    /// <param name="open">Opens the service anew.</param>
    /// <param name="log">For connections that failed.</param>
    /// <exception cref="SocketException">The port is taken, or not ours to take.</exception>
    public Forwarder(IPEndPoint local, Func<CancellationToken, ValueTask<PeerStream>> open, ILogger log)
    {
        (_open, _log) = (open, log);
        _listener = new(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(local);
            _listener.Listen();
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Local = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>The default: reached from this machine only.</summary>
    public static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Connections that are open now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections that there have been.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Stops listening and cuts what is open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new HashSet<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                serving.RemoveWhere(static task => task.IsCompleted);
                serving.Add(ServeAsync(new SocketStream(socket)));
            }
            catch (SocketException)
            {
                await Task.Delay(OutOfSockets, CancellationToken.None); // too many are open, most likely: no need to spin
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(SocketStream local)
    {
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _total);
        try
        {
            await StreamPump.RunAsync(local, await _open(_stop.Token), _stop.Token);
        }
        catch (Exception e) when (e is HawserException or IOException or OperationCanceledException)
        {
            if (e is not OperationCanceledException) _log.ForwardFailed(e.Message);
        }
        finally
        {
            await local.DisposeAsync();
            Interlocked.Decrement(ref _connections);
        }
    }
}
