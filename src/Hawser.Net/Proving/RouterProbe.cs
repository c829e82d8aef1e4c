using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hawser.Net.Proving;

/// <summary>Which ways of asking for a port the router of this network answers to.</summary>
/// <param name="Gateway">The router; null if there is no IPv4 default route.</param>
internal sealed record RouterAnswers(IPAddress? Gateway, bool NatPmp, bool Pcp, bool Upnp);

/// <summary>Asks the router, without asking it for anything: an address over NAT-PMP, an announcement over PCP, a search over UPnP.</summary>
internal static class RouterProbe
{
    private const int PortMapPort = 5351; // RFC 6886 §3.1, RFC 6887 §19
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.2);
    private static readonly IPEndPoint Ssdp = new(IPAddress.Parse("239.255.255.250"), 1900);

    public static async Task<RouterAnswers> AskAsync(CancellationToken cancel)
    {
        var gateway = Gateway();
        if (gateway is null) return new(null, false, false, false);
        var pmp = AskAsync(new(gateway, PortMapPort), [0, 0], answer => answer is [0, 128, 0, 0, ..], cancel); // RFC 6886 §3.2
        var pcp = AskAsync(new(gateway, PortMapPort), Announce(gateway), answer => answer is [2, 128, ..], cancel); // RFC 6887 §14.1
        var search = $"M-SEARCH * HTTP/1.1\r\nHOST: {Ssdp}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n";
        var upnp = AskAsync(Ssdp, Encoding.ASCII.GetBytes(search), answer => answer.AsSpan().StartsWith("HTTP/1.1 200"u8), cancel);
        return new(gateway, await pmp.ConfigureAwait(false), await pcp.ConfigureAwait(false), await upnp.ConfigureAwait(false));
    }

    /// <summary>The gateway of the IPv4 default route, from the kernel's table; null elsewhere than on Linux.</summary>
    public static IPAddress? Gateway()
    {
        const string routes = "/proc/net/route";
        if (!File.Exists(routes)) return null;
        foreach (var line in File.ReadLines(routes).Skip(1))
        {
            var fields = line.Split('\t', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 2 && fields[1] == "00000000"
                && uint.TryParse(fields[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var gateway) && gateway != 0)
                return new(BitConverter.GetBytes(gateway));
        }

        return null;
    }

    private static byte[] Announce(IPAddress gateway)
    {
        var request = new byte[24];
        request[0] = 2; // version; the opcode ANNOUNCE is 0
        using var route = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        route.Connect(gateway, PortMapPort); // tells which of our addresses it sees, and sends nothing
        HostPort.From((IPEndPoint)route.LocalEndPoint!).CopyAddressTo(request.AsSpan(8));
        return request;
    }

    private static async Task<bool> AskAsync(IPEndPoint to, byte[] question, Func<byte[], bool> isAnswer, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stop.CancelAfter(Patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var buffer = new byte[2_048];
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            await socket.SendToAsync(question, SocketFlags.None, to, stop.Token).ConfigureAwait(false);
            while (true)
            {
                var came = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), stop.Token).ConfigureAwait(false);
                if (isAnswer(buffer[..came.ReceivedBytes])) return true;
            }
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }
}
