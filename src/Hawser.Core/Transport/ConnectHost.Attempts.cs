using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Requests that passed, until they are answered and the answer has arrived. Spec: connect.md §7.</summary>
internal sealed partial class ConnectHost
{
    private enum AttemptState { AwaitingKey, AwaitingHost, Answered }

    private sealed class Attempt(
        long number, Token16 request, Route route, ConnectEpoch epoch, ulong nonceI, HandshakeLetter letter, Cid cidI,
        Settings chosen, HostExchange exchange)
    {
        public long Number => number;

        public Token16 Request => request;

        public Route Route => route;

        public ConnectEpoch Epoch => epoch;

        public ulong NonceI => nonceI;

        public HandshakeLetter Letter => letter;

        public Cid CidI => cidI;

        public Settings Chosen => chosen;

        public HostExchange Exchange => exchange;

        public AttemptState State { get; set; }

        public Instant Deadline { get; set; }

        /// <summary>Packet 4 or 2, the same bytes each time.</summary>
        public byte[]? Reply { get; set; }

        public Instant RepliedAt { get; set; }
    }

    private void Request(Moment now, Attempt attempt)
    {
        attempt.State = AttemptState.AwaitingHost;
        Extend(attempt, now.Mono + AcceptTimeout);
        var exchange = attempt.Exchange;
        _events.Enqueue(new ConnectEvent.Requested(
            attempt.Number, attempt.Route, exchange.PeerKey!.Value, exchange.Name, attempt.Letter, exchange.ConnectData));
    }

    private void Reply(Moment now, Attempt attempt, byte[] reply)
    {
        (attempt.State, attempt.Reply, attempt.RepliedAt) = (AttemptState.Answered, reply, now.Mono);
        Extend(attempt, now.Mono + ReplyLifetime);
        Send(new(attempt.Route, default, reply));
    }

    private void Resend(Moment now, Attempt attempt)
    {
        if (attempt.Reply is not { } reply || now.Mono < attempt.RepliedAt + ReplyInterval) return;
        attempt.RepliedAt = now.Mono;
        Send(new(attempt.Route, default, reply));
    }

    private void Extend(Attempt attempt, Instant deadline)
    {
        var isQueued = attempt.Deadline != default; // then it is looked at before this, and queued again
        attempt.Deadline = deadline;
        if (!isQueued) _deadlines.Enqueue(attempt.Number, deadline);
    }

    private void Forget(long number)
    {
        if (!_attempts.Remove(number, out var attempt)) return;
        _byRequest.Remove(attempt.Request);
        if (_attempts.Count > 0) return;
        _attempts.TrimExcess(); // a storm has passed
        _byRequest.TrimExcess();
    }
}
