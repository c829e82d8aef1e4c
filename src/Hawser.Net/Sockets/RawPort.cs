using System.Net;
using System.Net.Sockets;

namespace Hawser.Net.Sockets;

/// <summary>A raw socket of the kernel for each family; needs CAP_NET_RAW.</summary>
internal sealed class RawPort : IRawPort
{
    private const int Header = 20;
    private readonly Socket? _ipv4, _ipv6;

    /// <exception cref="HawserException">This process may not.</exception>
    public RawPort()
    {
        _ipv4 = Open(AddressFamily.InterNetwork) ?? throw Forbidden(null);
        _ipv6 = Socket.OSSupportsIPv6 ? Open(AddressFamily.InterNetworkV6) : null;
    }

    public bool TrySend(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Header) return false;
        var isIPv4 = packet[0] >> 4 == 4;
        if ((isIPv4 ? _ipv4 : _ipv6) is not { } socket || (!isIPv4 && packet.Length < 2 * Header)) return false;
        var to = new IPEndPoint(new IPAddress(isIPv4 ? packet[16..20] : packet[24..40]), 0); // IPv6 wants no port here
        try
        {
            return socket.SendTo(packet, to) == packet.Length;
        }
        catch (SocketException)
        {
            return false; // no route, no room: as if it were lost on the way
        }
    }

    public void Dispose()
    {
        _ipv4?.Dispose();
        _ipv6?.Dispose();
    }

    internal static HawserException Forbidden(Exception? e) => new(Reason.LocalTrouble, "this process may not send or see whole packets",
        "it needs CAP_NET_RAW: run it as root, or give it that: setcap cap_net_raw+ep", e);

    private static Socket? Open(AddressFamily family)
    {
        try
        {
            var socket = new Socket(family, SocketType.Raw, ProtocolType.Raw); // IPPROTO_RAW: the header is ours
            if (family is AddressFamily.InterNetwork) socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw Forbidden(e);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
