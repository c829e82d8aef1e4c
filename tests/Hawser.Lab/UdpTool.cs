using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hawser.Lab;

/// <summary>Two programs for inside a host: one tells each sender its address, the other asks and prints.</summary>
internal static class UdpTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static int Echo(ushort port)
    {
        using var socket = Open(port, Timeout.InfiniteTimeSpan);
        Console.WriteLine("ready");
        var buffer = new byte[64];
        while (true)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            socket.ReceiveFrom(buffer, ref from);
            socket.SendTo(Encoding.ASCII.GetBytes(from.ToString()!), from);
        }
    }

    /// <summary>Prints a line per remote: what it answered, or <c>-</c>. An argument <c>listen</c> only waits.</summary>
    public static int Ask(ushort port, params ReadOnlySpan<string> remotes)
    {
        using var socket = Open(port, Patience);
        var buffer = new byte[64];
        foreach (var remote in remotes)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            if (remote == "listen") Console.WriteLine("ready");
            else socket.SendTo("?"u8, IPEndPoint.Parse(remote));
            try
            {
                var length = socket.ReceiveFrom(buffer, ref from);
                Console.WriteLine(Encoding.ASCII.GetString(buffer, 0, length));
            }
            catch (SocketException)
            {
                Console.WriteLine("-");
            }
        }

        return 0;
    }

    private static Socket Open(ushort port, TimeSpan patience)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)patience.TotalMilliseconds,
        };
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }
}
