using System.Net.Sockets;
using Hawser.Service;

namespace Hawser.Net.Services;

/// <summary>Reaches what stands behind an exposed name.</summary>
/// <param name="clock">For the time limit.</param>
/// <param name="stdio">Gives the process's standard input and output to one caller; null while another has them.</param>
internal sealed class TargetConnector(TimeProvider clock, Func<PeerStream?>? stdio = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Null if it cannot be reached.</summary>
    public async Task<PeerStream?> ConnectAsync(Target target, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return target switch
            {
                Target.Tcp tcp => await ConnectTcpAsync(tcp, both.Token),
                Target.Unix unix => await ConnectUnixAsync(unix, both.Token),
                Target.Stdio => stdio?.Invoke(),
                _ => null,
            };
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    private static async Task<PeerStream> ConnectTcpAsync(Target.Tcp target, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        return await WithAsync(socket, socket.ConnectAsync(target.Host, target.Port, cancel));
    }

    private static async Task<PeerStream> ConnectUnixAsync(Target.Unix target, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return await WithAsync(socket, socket.ConnectAsync(new UnixDomainSocketEndPoint(target.Path), cancel));
    }

    private static async Task<PeerStream> WithAsync(Socket socket, ValueTask connecting)
    {
        try
        {
            await connecting;
            return new SocketStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
