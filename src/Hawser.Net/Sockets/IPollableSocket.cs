namespace Hawser.Net.Sockets;

/// <summary>A socket that can be asked whether a receive would block.</summary>
public interface IPollableSocket : IDatagramSocket
{
    /// <summary>Whether there is something to receive now.</summary>
    bool IsReadable { get; }
}
