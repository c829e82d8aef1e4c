namespace Hawser.Session.Tcp;

/// <summary>States of session.md §7.</summary>
internal enum ChannelState
{
    None,

    /// <summary>A host that has I: is its token good?</summary>
    Ticket,

    /// <summary>A host that has N, and waits for K.</summary>
    Id,

    /// <summary>A host that has N and K: whose key is it, and may he?</summary>
    Request,

    /// <summary>An initiator that has sent what opens, and waits for A.</summary>
    Pending,

    /// <summary>A was sent, or came.</summary>
    Open,
}

/// <summary>What moves a channel from state to state.</summary>
internal enum ChannelSignal
{
    /// <summary>We are the initiator, and TCP is up.</summary>
    Start,
    I,
    N,
    K,
    Q,
    A,
    T,

    /// <summary>The host's own yes.</summary>
    Accepted,

    /// <summary>No, too late, broken, gone.</summary>
    Ended,
}

/// <summary>The licensed transitions, all of them. Whatever is not here ends the channel in silence. Spec: session.md §7.</summary>
internal static class ChannelStates
{
    public static readonly (ChannelState From, bool Initiates, ChannelSignal Signal, ChannelState To)[] Licensed =
    [
        (ChannelState.None, false, ChannelSignal.I, ChannelState.Ticket),
        (ChannelState.None, false, ChannelSignal.N, ChannelState.Id),
        (ChannelState.None, false, ChannelSignal.Q, ChannelState.None),
        (ChannelState.Id, false, ChannelSignal.K, ChannelState.Request),
        (ChannelState.Ticket, false, ChannelSignal.Accepted, ChannelState.Open),
        (ChannelState.Request, false, ChannelSignal.Accepted, ChannelState.Open),
        (ChannelState.Open, false, ChannelSignal.T, ChannelState.Open),
        (ChannelState.None, true, ChannelSignal.Start, ChannelState.Pending),
        (ChannelState.Pending, true, ChannelSignal.A, ChannelState.Open),
        (ChannelState.Open, true, ChannelSignal.T, ChannelState.Open),
    ];

    public static bool TryNext(ChannelState from, bool initiates, ChannelSignal signal, out ChannelState to)
    {
        to = ChannelState.None;
        if (signal is ChannelSignal.Ended) return true;
        foreach (var known in Licensed)
        {
            if ((known.From, known.Initiates, known.Signal) != (from, initiates, signal)) continue;
            to = known.To;
            return true;
        }

        return false;
    }

    /// <summary>What a frame's letter signals; null if it is none.</summary>
    public static ChannelSignal? SignalOf(byte letter) => letter switch
    {
        (byte)'I' => ChannelSignal.I,
        (byte)'N' => ChannelSignal.N,
        (byte)'K' => ChannelSignal.K,
        (byte)'Q' => ChannelSignal.Q,
        (byte)'A' => ChannelSignal.A,
        (byte)'T' => ChannelSignal.T,
        _ => null,
    };

    /// <summary>The longest frame, letter included. Spec: session.md §6.</summary>
    public static int MaxFrame(ChannelSignal signal) => signal switch
    {
        ChannelSignal.N or ChannelSignal.Q => 512,
        ChannelSignal.T => 65_536,
        _ => 8_192,
    };
}
