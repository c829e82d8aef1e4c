namespace Hawser;

/// <summary>A machine that lets the shell pass whole batches on without copying: a relay.</summary>
public interface IForwardingMachine : IDatagramMachine
{
    /// <summary>
    /// Decides on a received batch of one sender, and rewrites it in place for where it goes. False if it is not to be
    /// forwarded, and then it is to be fed datagram by datagram as any other.
    /// </summary>
    bool TryForward(Moment now, in HostPort from, Span<byte> batch, int segment, out HostPort to);
}
