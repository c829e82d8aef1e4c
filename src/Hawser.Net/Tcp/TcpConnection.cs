using System.Buffers;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Hawser.Session.Tcp;

namespace Hawser.Net.Tcp;

/// <summary>One socket. While nothing moves it holds no buffer.</summary>
internal sealed class TcpConnection : IDisposable, IValueTaskSource<bool>
{
    private const int ReadBuffer = 64 << 10;
    private const int FirstReads = 2;
    private const int FirstBuffer = 2 << 10;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2); // for the peer to close after our FIN

    private readonly TcpPump _pump;
    private readonly Socket _socket;
    private HostPort? _accepted; // until the machine knows of it
    private Memory<byte> _came; // until the machine has it
    private ManualResetValueTaskSourceCore<bool> _given; // ends with whether its reader is behind
    private bool _waits;
    private int _writing;
    private int _disposed;
    private volatile bool _kicked, _ended, _peerEnded;

    public TcpConnection(TcpPump pump, Socket socket)
    {
        (_pump, _socket) = (pump, socket);
    }

    public LineId Line { get; set; }

    /// <summary>A peer's.</summary>
    public void Accept(HostPort remote)
    {
        _accepted = remote;
        _pump.Bring(this);
    }

    /// <summary>One of ours, once it is up.</summary>
    public void Start() => _ = ReadAsync();

    /// <summary>Under the machine's lock: hands over what there is.</summary>
    public void Give(TcpChannels channels, Moment now)
    {
        if (_accepted is { } remote)
        {
            Line = channels.Accepted(now, remote);
            _pump.Know(this); // before anything is ordered of it
            return;
        }

        channels.Receive(now, Line, _came.Span);
        _waits = !channels.WantsBytes(Line);
    }

    /// <summary>After that, without the lock.</summary>
    public void Given()
    {
        if (_accepted is null)
        {
            _given.SetResult(_waits);
            return;
        }

        _accepted = null;
        Start();
    }

    /// <summary>There is something to send.</summary>
    public void Kick()
    {
        _kicked = true;
        if (Interlocked.Exchange(ref _writing, 1) == 0) _ = WriteAsync();
    }

    /// <summary>FIN; what still comes is read and thrown away, lest the kernel make a reset of it.</summary>
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
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Dispose();
            return;
        }

        _ = DisposeLaterAsync();
    }

    public void Dispose()
    {
        _ended = true;
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _socket.Dispose();
        _pump.Forget();
    }

    private async Task DisposeLaterAsync()
    {
        await Task.Delay(LastWords).ConfigureAwait(false);
        Dispose();
    }

    private async Task ReadAsync()
    {
        var gone = false;
        for (var reads = 0; !gone; reads++)
        {
            byte[]? buffer = null;
            try
            {
                // What opens a channel comes at once; later a buffer is taken when there is something for it.
                if (reads >= FirstReads) await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                buffer = ArrayPool<byte>.Shared.Rent(reads >= FirstReads ? ReadBuffer : FirstBuffer);
                var length = await _socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).ConfigureAwait(false);
                gone = _peerEnded = length == 0;
                if (!_ended && !gone) await TakeAsync(buffer, length).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                gone = true;
            }
            finally
            {
                if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        if (_ended) Dispose();
        else _pump.Gate.Feed(Line, static (channels, now, line) => channels.Closed(now, line)); // ordered to end, it ends
    }

    private async ValueTask TakeAsync(byte[] buffer, int length)
    {
        _came = buffer.AsMemory(0, length);
        var given = new ValueTask<bool>(this, _given.Version);
        _pump.Bring(this);
        var waits = await given.ConfigureAwait(false);
        while (waits && !_ended)
        {
            // Its reader is behind; the peer has to be, too.
            await Task.Delay(5).ConfigureAwait(false);
            waits = IsBehind();
        }
    }

    private bool IsBehind()
    {
        var waits = false;
        _pump.Gate.Feed(new Asking(Line, ref waits), static (channels, _, asking) => asking.Waits = !channels.WantsBytes(asking.Line));
        return waits;
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
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    private int Fill(byte[] buffer)
    {
        var length = 0;
        _pump.Gate.Feed(new Filling(Line, buffer, ref length), static (channels, now, filling) =>
        {
            channels.TryTransmit(now, filling.Line, filling.Buffer, out var written);
            filling.Length = written;
        });
        return length;
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        var waits = _given.GetResult(token);
        _given.Reset();
        return waits;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _given.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _given.OnCompleted(continuation, state, token, flags);

    private readonly ref struct Asking(LineId line, ref bool waits)
    {
        public readonly LineId Line = line;
        public readonly ref bool Waits = ref waits;
    }

    private readonly ref struct Filling(LineId line, Span<byte> buffer, ref int length)
    {
        public readonly LineId Line = line;
        public readonly Span<byte> Buffer = buffer;
        public readonly ref int Length = ref length;
    }
}
