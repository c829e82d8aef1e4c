using System.Collections.Concurrent;
using Hawser.Transport;

namespace Hawser.Net.Peers;

/// <summary>The peers of an endpoint; hands each its events. Who owns the endpoint's events calls Dispatch, in order.</summary>
internal sealed class PeerTable(IEndpointAccess access)
{
    private readonly ConcurrentDictionary<ConnectionId, Peer> _peers = new();
    private readonly ConcurrentDictionary<ConnectionId, TaskCompletionSource<Peer>> _dials = new();

    public IEnumerable<Peer> All => _peers.Values;

    public Peer? Find(ConnectionId id) => _peers.GetValueOrDefault(id);

    /// <summary>Completes when the connection opens or fails. To be called by the command that connects.</summary>
    public Task<Peer> Expect(ConnectionId id) =>
        _dials.GetOrAdd(id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Handles all but what its owner has to answer; false for those: SolveWanted, KeyWanted, Requested.</summary>
    /// <param name="happened">The endpoint's next event.</param>
    /// <param name="opened">A peer that was not there before.</param>
    public bool Dispatch(EndpointEvent happened, out Peer? opened)
    {
        opened = null;
        switch (happened)
        {
            case EndpointEvent.Established established:
                _dials.TryRemove(established.Connection, out var dialled);
                opened = _peers[established.Connection] = new(access, established, dialled is not null);
                dialled?.TrySetResult(opened);
                return true;
            case EndpointEvent.DatagramReceived e: return To(e.Connection, e);
            case EndpointEvent.DeliveryNotified e: return To(e.Connection, e);
            case EndpointEvent.StreamOpened e: return To(e.Connection, e);
            case EndpointEvent.StreamReadable e: return To(e.Connection, e);
            case EndpointEvent.StreamWritable e: return To(e.Connection, e);
            case EndpointEvent.StreamReset e: return To(e.Connection, e);
            case EndpointEvent.Closed e:
                To(e.Connection, e);
                _peers.TryRemove(e.Connection, out _);
                if (_dials.TryRemove(e.Connection, out var failed)) failed.TrySetException(Failure(e.Reason));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Ends what waits, when the events have ended.</summary>
    public void Abandon(Exception? error)
    {
        foreach (var dial in _dials.Values)
            dial.TrySetException(new HawserException(Reason.Failed, "the node has stopped", inner: error));
        foreach (var (id, peer) in _peers) peer.Dispatch(new EndpointEvent.Closed(id, CloseReason.Shutdown));
        _peers.Clear();
    }

    private bool To(ConnectionId id, EndpointEvent happened)
    {
        if (_peers.TryGetValue(id, out var peer)) peer.Dispatch(happened);
        return true;
    }

    private static HawserException Failure(CloseReason reason) => reason switch
    {
        CloseReason.Timeout => new(Reason.Unreachable, "the peer did not answer"),
        CloseReason.Refused => new(Reason.Refused, "the peer refused the connection"),
        _ => new(Reason.Failed, $"the connection ended before it was open: {reason}"),
    };
}
