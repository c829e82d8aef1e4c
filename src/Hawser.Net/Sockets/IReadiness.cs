using System.Net.Sockets;

namespace Hawser.Net.Sockets;

/// <summary>Tells when sockets have something to be read.</summary>
internal interface IReadiness : IDisposable
{
    /// <summary>Those that were ready together have all been told so: now is the time to serve them.</summary>
    event Action? Told;

    /// <summary>Tells this one once, as soon as there is something to read, or nothing will come any more.</summary>
    void Watch(IReadable who);

    /// <summary>Before its socket is closed.</summary>
    void Forget(IReadable who);

    /// <summary>Takes who connects from now on, until the listener is closed.</summary>
    /// <param name="listener">Bound and listening.</param>
    /// <param name="taken">Gets the connections; their sockets do not block.</param>
    /// <param name="failed">Gets the errors, after which it goes on.</param>
    void Listen(Socket listener, Action<Socket> taken, Action<SocketError> failed);
}

/// <summary>What can be watched.</summary>
internal interface IReadable
{
    /// <summary>Does not block.</summary>
    Socket Socket { get; }

    /// <summary>The watcher's own; 0 at first.</summary>
    long Mark { get; set; }

    /// <summary>There is something. Is not to take long; the work is for <see cref="IReadiness.Told"/>.</summary>
    /// <param name="isLast">After what is there now nothing will come; false if that is not known.</param>
    void Ready(bool isLast);
}
