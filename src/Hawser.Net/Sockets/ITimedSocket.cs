namespace Hawser.Net.Sockets;

/// <summary>A socket whose receiver can wait for a time: it is its own timer then, without another thread.</summary>
public interface ITimedSocket : IDatagramSocket
{
    /// <summary>Waits until there is something to receive; false if there was nothing for so long.</summary>
    bool WaitReadable(TimeSpan atMost);
}
