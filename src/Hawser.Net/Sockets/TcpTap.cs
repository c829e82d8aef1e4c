using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hawser.Net.Sockets;

/// <summary>
/// A raw socket that sees one port of TCP, and a listening socket on that port that is shown nothing. Without the second
/// the kernel would break the connection off, as it knows of none: but what a filter keeps from a listener is dropped
/// without a word. Needs CAP_NET_RAW.
/// </summary>
internal sealed class TcpTap : ITcpTap
{
    private const int SolSocket = 1, AttachFilter = 26; // Linux
    private readonly Socket _raw, _quiet;

    /// <param name="address">Of this machine.</param>
    /// <param name="port">0: a free one.</param>
    /// <exception cref="HawserException">This process may not, or the port is taken.</exception>
    public TcpTap(IPAddress address, ushort port)
    {
        if (address.AddressFamily is not AddressFamily.InterNetwork)
            throw new HawserException(Reason.NotSupported, "a tap is for IPv4 only", "prove an IPv4 address: --from ADDR");
        try
        {
            _raw = new(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Tcp);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw RawPort.Forbidden(e);
        }

        _quiet = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _quiet.Bind(new IPEndPoint(address, port));
            Local = HostPort.From((IPEndPoint)_quiet.LocalEndPoint!);
            Attach(_quiet, [new(0x06, 0, 0, 0)]); // return 0: nothing
            _quiet.Listen(1);
            Attach(_raw,
            [
                new(0xb1, 0, 0, 0), // the length of the IP header
                new(0x48, 0, 0, 2), // the port behind it
                new(0x15, 0, 1, Local.Port), // if it is ours
                new(0x06, 0, 0, 0x40000), // all of it
                new(0x06, 0, 0, 0),
            ]);
            _raw.Bind(new IPEndPoint(address, 0));
        }
        catch (SocketException e)
        {
            Dispose();
            throw new HawserException(Reason.PortBusy, $"TCP port {port} of {address} cannot be had", "choose another with --port, or none", e);
        }
    }

    public HostPort Local { get; }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) => _raw.ReceiveAsync(buffer, cancel);

    public void Dispose()
    {
        _raw.Dispose();
        _quiet.Dispose();
    }

    // struct sock_fprog: a count, and where the instructions are
    private static unsafe void Attach(Socket socket, ReadOnlySpan<Instruction> program)
    {
        fixed (Instruction* start = program)
        {
            var description = new Program { Count = (ushort)program.Length, Start = start };
            socket.SetRawSocketOption(SolSocket, AttachFilter, new ReadOnlySpan<byte>(&description, sizeof(Program)));
        }
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Program
    {
        public ushort Count;
        public Instruction* Start;
    }
}
