using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hawser.Net.Sockets;

/// <summary>
/// Asks Linux for all sockets at once: one thread waits, and does the work too. Where thousands knock, that saves a
/// change of threads, or several, for each.
/// </summary>
internal sealed class Epoll : IReadiness
{
    private const int MaxEvents = 64;
    private const long Stop = -1;

    private readonly SafeFileHandle _epoll = Must(Interop.EpollCreate(Interop.CloseOnExec));
    private readonly SafeFileHandle _stop = Must(Interop.EventFile(0, Interop.CloseOnExec | Interop.NoWait));
    private readonly ConcurrentDictionary<long, IReadable> _watched = new(); // by mark: a number of a file may be another's the next moment
    private readonly Thread _thread;
    private long _marks;
    private volatile bool _closed;

    public Epoll(string name)
    {
        Control(Interop.EpollAdd, _stop, Stop, Interop.EpollIn);
        _thread = new(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <inheritdoc/>
    public event Action? Told;

    /// <inheritdoc/>
    public void Watch(IReadable who)
    {
        var isNew = who.Mark == 0;
        if (isNew) _watched[who.Mark = Interlocked.Increment(ref _marks)] = who;
        try
        {
            if (!Control(isNew ? Interop.EpollAdd : Interop.EpollChange, who.Socket.SafeHandle, who.Mark, Interop.EpollIn | Interop.EpollPeerEnded | Interop.EpollOnce)) Forget(who);
        }
        catch (ObjectDisposedException)
        {
            Forget(who);
        }
    }

    /// <inheritdoc/>
    public void Forget(IReadable who) => _watched.TryRemove(who.Mark, out _);

    /// <inheritdoc/>
    public void Listen(Socket listener, Action<Socket> taken, Action<SocketError> failed)
    {
        listener.Blocking = false;
        Watch(new Door(this, listener, taken, failed));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        Interop.Write(_stop, 1, sizeof(ulong));
        if (Thread.CurrentThread != _thread) _thread.Join();
        _epoll.Dispose();
        _stop.Dispose();
    }

    private unsafe void Run()
    {
        var size = Interop.EpollEventSize;
        var events = stackalloc byte[MaxEvents * size];
        while (!_closed)
        {
            var count = Interop.EpollWait(_epoll, events, MaxEvents, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() is not Interop.Interrupted) throw new Win32Exception();
            for (var i = 0; i < count; i++)
            {
                var (entry, end) = ((nint)events + (i * size), (nint)events + ((i + 1) * size));
                var isLast = (Unsafe.ReadUnaligned<uint>((byte*)entry) & Interop.EpollPeerEnded) != 0;
                if (_watched.TryGetValue(Unsafe.ReadUnaligned<long>((byte*)end - sizeof(long)), out var who)) who.Ready(isLast);
            }

            if (!_closed) Told?.Invoke();
        }
    }

    private unsafe bool Control(int operation, SafeHandle file, long mark, uint wanted)
    {
        var entry = stackalloc byte[Interop.EpollEventSize];
        Unsafe.WriteUnaligned(entry, wanted);
        Unsafe.WriteUnaligned(entry + Interop.EpollEventSize - sizeof(long), mark);
        return Interop.EpollControl(_epoll, operation, file, entry) == 0;
    }

    private static SafeFileHandle Must(SafeFileHandle file) => file.IsInvalid ? throw new Win32Exception() : file;

    /// <summary>A listener: takes some, and comes round again.</summary>
    private sealed class Door(Epoll epoll, Socket listener, Action<Socket> taken, Action<SocketError> failed) : IReadable
    {
        private const int AtOnce = 16;
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20); // after an error, which may be that there are too many files

        public Socket Socket => listener;

        public long Mark { get; set; }

        public void Ready(bool isLast)
        {
            try
            {
                var count = 0;
                do
                {
                    var socket = listener.Accept();
                    socket.Blocking = false;
                    taken(socket);
                }
                while (++count < AtOnce && listener.Poll(0, SelectMode.SelectRead));
                epoll.Watch(this);
            }
            catch (ObjectDisposedException)
            {
                epoll.Forget(this);
            }
            catch (SocketException e)
            {
                if (e.SocketErrorCode is not SocketError.WouldBlock) failed(e.SocketErrorCode);
                _ = WatchLaterAsync();
            }
        }

        private async Task WatchLaterAsync()
        {
            await Task.Delay(Pause).ConfigureAwait(false);
            epoll.Watch(this);
        }
    }
}
