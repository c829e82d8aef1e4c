using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hawser.Net.Sockets;

/// <summary>epoll(7) and eventfd(2), as eventpoll.h lays them out.</summary>
internal static unsafe partial class Interop
{
    public const int CloseOnExec = 0x80000; // O_CLOEXEC
    public const int NoWait = 0x800; // O_NONBLOCK
    public const int EpollAdd = 1, EpollChange = 3;
    public const uint EpollIn = 1, EpollPeerEnded = 0x2000, EpollOnce = 1u << 30;

    /// <summary>struct epoll_event: an u32 of events, then an u64 of ours. Packed on x86-64 only.</summary>
    public static readonly int EpollEventSize = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 12 : 16;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial SafeFileHandle EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(SafeFileHandle epoll, int operation, SafeHandle file, byte* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(SafeFileHandle epoll, byte* happened, int most, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventFile(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, in ulong value, nuint size);
}
