using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hawser.Net.Sockets;

/// <summary>
/// Small datagrams of many senders, many in one call of the kernel: what a server of short questions lives on. Where
/// the kernel cannot, a batch is one. One thread receives and answers; others may send single datagrams.
/// </summary>
internal sealed unsafe class DatagramBatch : IDisposable
{
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly AddressFamily _family;
    private readonly int _slots, _room, _nameSize;
    private readonly byte* _memory;
    private readonly Interop.CountedMessage* _in, _out;
    private readonly Interop.IoVector* _vectors;
    private readonly SocketAddress _name;
    private int _answers;
    private volatile bool _closed;

    /// <param name="local">Where to listen; port 0 takes a free one.</param>
    /// <param name="slots">Datagrams in a batch.</param>
    /// <param name="room">Bytes for each; what is longer comes cut and should be taken for garbage.</param>
    public DatagramBatch(HostPort local, int slots, int room)
    {
        (_slots, _room) = (OperatingSystem.IsLinux() ? slots : 1, room);
        _family = local.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        _socket = new(_family, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20, SendBufferSize = 4 << 20 };
        try
        {
            if (!local.IsIPv4) _socket.DualMode = local.Address == 0;
            if (OperatingSystem.IsLinux()) Interop.ForbidFragments(_socket); // and a packet needs no number of its own
            _socket.Bind(local.ToEndPoint());
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        (_handle, _name) = (_socket.SafeHandle, new(_family));
        _nameSize = local.IsIPv4 ? SocketAddresses.IPv4Size : SocketAddresses.IPv6Size;
        Local = HostPort.From((IPEndPoint)_socket.LocalEndPoint!);
        var headers = (nuint)(_slots * sizeof(Interop.CountedMessage));
        var vectors = (nuint)(2 * _slots * sizeof(Interop.IoVector));
        _memory = (byte*)NativeMemory.AllocZeroed((2 * headers) + vectors + (nuint)(2 * _slots * (_nameSize + _room)));
        _in = (Interop.CountedMessage*)_memory;
        _out = _in + _slots;
        _vectors = (Interop.IoVector*)(_out + _slots);
        var names = (byte*)(_vectors + (2 * _slots));
        var buffers = names + (2 * _slots * _nameSize);
        for (var i = 0; i < 2 * _slots; i++)
        {
            _vectors[i] = new() { Base = buffers + (i * _room), Length = (nuint)_room };
            _in[i].Header = new() { Name = names + (i * _nameSize), NameLength = (uint)_nameSize, Vectors = _vectors + i, VectorCount = 1 };
            _name.Buffer.Span[.._nameSize].CopyTo(Name(i)); // the family of an answer
        }
    }

    /// <summary>The address that the socket is bound to.</summary>
    public HostPort Local { get; }

    /// <summary>Blocks until there is something; how many datagrams, or -1 once it is disposed.</summary>
    public int Receive()
    {
        while (!_closed)
        {
            if (!OperatingSystem.IsLinux()) return ReceiveOne();
            for (var i = 0; i < _slots; i++) _in[i].Header.NameLength = (uint)_nameSize;
            int count;
            try
            {
                count = Interop.ReceiveMessages(_handle, _in, (uint)_slots, Interop.WaitForOne, 0);
            }
            catch (ObjectDisposedException)
            {
                break; // between two calls
            }

            if (_closed) break;
            if (count >= 0) return count;
            if (Marshal.GetLastPInvokeError() is not Interop.Interrupted)
                throw new SocketException((int)SocketError.SocketError, Marshal.GetLastPInvokeErrorMessage());
        }

        return -1;
    }

    /// <summary>One of those that came.</summary>
    public ReadOnlySpan<byte> this[int index] => new(_vectors[index].Base, (int)Math.Min(_in[index].Length, (uint)_room));

    /// <summary>Who sent it.</summary>
    public HostPort From(int index) => SocketAddresses.Read(Name(index));

    /// <summary>Room for the next answer.</summary>
    public Span<byte> NextAnswer => new(_vectors[_slots + _answers].Base, _room);

    /// <summary>The next answer is so long, and goes there.</summary>
    public void Add(int length, in HostPort to)
    {
        var slot = _slots + _answers;
        if (!SocketAddresses.TryWrite(Name(slot), to)) return;
        _vectors[slot].Length = (nuint)length;
        _answers++;
    }

    /// <summary>Sends what was added. What the kernel does not take is lost, as on any wire.</summary>
    public void Flush()
    {
        for (var sent = 0; sent < _answers;)
        {
            try
            {
                var now = OperatingSystem.IsLinux() ? Interop.SendMessages(_handle, _out + sent, (uint)(_answers - sent), 0) : SendOne(sent);
                sent += Math.Max(now, 1); // one that fails is passed over
            }
            catch (ObjectDisposedException)
            {
                break; // it ends while there was something to say
            }
        }

        for (var i = 0; i < _answers; i++) _vectors[_slots + i].Length = (nuint)_room;
        _answers = 0;
    }

    /// <summary>Sends one datagram from this socket, from any thread.</summary>
    public void Send(ReadOnlySpan<byte> datagram, in HostPort to)
    {
        var name = new SocketAddress(_family);
        if (!name.TrySet(to)) return;
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, name);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // lost, as on any wire
        }
    }

    /// <summary>Wakes the receiver; the memory is freed by <see cref="Free"/>, when that has left.</summary>
    public void Dispose()
    {
        _closed = true;
        _socket.Dispose();
    }

    public void Free() => NativeMemory.Free(_memory);

    private Span<byte> Name(int slot) => new(_in[slot].Header.Name, _nameSize);

    private int ReceiveOne()
    {
        try
        {
            _in[0].Length = (uint)_socket.ReceiveFrom(new Span<byte>(_vectors[0].Base, _room), SocketFlags.None, _name);
            _name.Buffer.Span[.._nameSize].CopyTo(Name(0));
            return 1;
        }
        catch (Exception e) when (_closed && e is SocketException or ObjectDisposedException)
        {
            return -1;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private int SendOne(int index)
    {
        Name(_slots + index).CopyTo(_name.Buffer.Span);
        try
        {
            _socket.SendTo(new ReadOnlySpan<byte>(_vectors[_slots + index].Base, (int)_vectors[_slots + index].Length), SocketFlags.None, _name);
        }
        catch (SocketException)
        {
            // lost
        }

        return 1;
    }
}
