using System.Buffers;
using System.Net.Sockets;
using Hawser.Net.Sockets;
using Hawser.Session.Tcp;

namespace Hawser.Net.Tcp;

/// <summary>One socket. While nothing moves it holds no buffer.</summary>
/// <param name="pump">Whose it is.</param>
/// <param name="reader">Reads it.</param>
/// <param name="socket">Does not block.</param>
internal sealed class TcpConnection(TcpPump pump, TcpReader reader, Socket socket) : IReadable, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5); // with a reader that is behind

    private HostPort? _accepted; // until the machine knows of it
    private Memory<byte> _came; // until the machine has it
    private bool _isBehind; // who reads what it brings
    private int _writing;
    private int _disposed;
    private bool _isLast; // what waits to be read
    private volatile bool _kicked, _ended, _peerEnded;

    public LineId Line { get; set; }

    public Socket Socket => socket;

    public long Mark { get; set; }

    /// <summary>A peer's. Its first bytes may be there already.</summary>
    public void Accept(HostPort remote)
    {
        _accepted = remote;
        reader.Bring(this);
    }

    /// <summary>One of ours, once it is up.</summary>
    public void Start() => reader.Watch(this);

    public void Ready(bool isLast)
    {
        _isLast = isLast;
        reader.Bring(this);
    }

    /// <summary>Takes what is there, for <see cref="Give"/>; its length.</summary>
    public int Read(Memory<byte> buffer)
    {
        var (length, error) = (0, SocketError.Success);
        try
        {
            length = socket.Receive(buffer.Span, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
        }

        if (error is SocketError.WouldBlock) return 0;
        _came = buffer[..length];
        _peerEnded = length == 0 || (_isLast && length < buffer.Length);
        return length;
    }

    /// <summary>Under the machine's lock: hands over what there is.</summary>
    public void Give(TcpChannels channels, Moment now)
    {
        if (_accepted is { } remote)
        {
            Line = channels.Accepted(now, remote);
            pump.Know(this); // before anything is ordered of it
            _accepted = null;
        }

        if (_ended) return; // ordered to: what still comes is thrown away, lest the kernel make a reset of it
        if (!_came.IsEmpty) channels.Receive(now, Line, _came.Span);
        if (_peerEnded) channels.Closed(now, Line);
        else _isBehind = !channels.WantsBytes(Line);
    }

    /// <summary>After that, without the lock.</summary>
    public void Given()
    {
        _came = default;
        if (_isBehind) _ = WatchLaterAsync();
        else if (!_peerEnded) reader.Watch(this);
        else if (_ended) Dispose();
    }

    /// <summary>There is something to send.</summary>
    public void Kick()
    {
        _kicked = true;
        if (Interlocked.Exchange(ref _writing, 1) == 0) _ = WriteAsync();
    }

    /// <summary>FIN.</summary>
    public void End()
    {
        _ended = true;
        if (_peerEnded)
        {
            Dispose(); // both have ended: there is nothing to wait for
            return;
        }

        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Dispose();
            return;
        }

        pump.DisposeLater(this);
    }

    public void Dispose()
    {
        _ended = true;
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        reader.Forget(this);
        socket.Dispose();
        pump.Forget();
    }

    // Who reads is behind; the peer has to be, too.
    private async Task WatchLaterAsync()
    {
        while (_isBehind && !_ended)
        {
            await Task.Delay(Patience).ConfigureAwait(false);
            pump.Gate.Feed(this, static (channels, _, own) => own._isBehind = !channels.WantsBytes(own.Line));
        }

        reader.Watch(this);
    }

    private async Task WriteAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(TcpLine.MinBuffer);
        try
        {
            while (_kicked)
            {
                _kicked = false;
                while (Fill(buffer) is var length and > 0) await SendAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
                if (_kicked) continue;
                Volatile.Write(ref _writing, 0);
                if (!_kicked || Interlocked.Exchange(ref _writing, 1) == 1) return;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Dispose(); // the reader tells
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    private int Fill(byte[] buffer)
    {
        var length = 0;
        pump.Gate.Feed(new Filling(Line, buffer, ref length), static (channels, now, filling) =>
        {
            channels.TryTransmit(now, filling.Line, filling.Buffer, out var written);
            filling.Length = written;
        });
        return length;
    }

    private readonly ref struct Filling(LineId line, Span<byte> buffer, ref int length)
    {
        public readonly LineId Line = line;
        public readonly Span<byte> Buffer = buffer;
        public readonly ref int Length = ref length;
    }
}
