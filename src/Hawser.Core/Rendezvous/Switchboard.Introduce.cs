using System.Buffers.Binary;

namespace Hawser.Rendezvous;

internal sealed partial class Switchboard
{
    // Every request that is not answered is refused when its patience ends, whatever the reason: who is absent, who
    // is silent, and who may not be asked now look the same. All wait equally long, so the queue is in order.
    private readonly Queue<Asked> _patience = new();
    private readonly Dictionary<ulong, Asked> _calls = [];

    public void Tick(Moment now)
    {
        RenewProofs(now);
        while (_patience.TryPeek(out var oldest) && oldest.Due <= now.Mono)
        {
            _patience.Dequeue();
            if (oldest.Call != 0) _calls.Remove(oldest.Call);
            if (oldest.Answered) continue;
            oldest.Initiator.Outstanding--;
            Say(oldest.Initiator, new LineMessage.Refusal(oldest.Number));
        }
    }

    private void Receive(Moment now, Line initiator, LineMessage.Request request)
    {
        if (initiator.State is LineState.Dismissed || initiator.Outstanding >= MaxOutstandingPerLine
            || _patience.Count >= MaxOutstanding)
        {
            Dropped++;
            return;
        }

        initiator.Outstanding++;
        var asked = new Asked(initiator, request.Number, request.Relay, now.Mono + Patience);
        _patience.Enqueue(asked);
        // Nobody is asked in the name of an address that may be somebody else's; the proof is on its way.
        if (IsProven(now, initiator)) Ask(now, asked, request);
        else initiator.Waiting.Add((asked, request));
    }

    private void Ask(Moment now, Asked asked, LineMessage.Request request)
    {
        var initiator = asked.Initiator;
        if (!initiator.Requests.TrySpend(now.Mono)
            || !_present.TryGetValue(request.Target, out var host) || host == initiator
            || !host.Calls.TrySpend(now.Mono)) return;

        asked.Host = host;
        asked.Call = DrawCall();
        _calls.Add(asked.Call, asked);
        Say(host, new LineMessage.Call(asked.Call, request.Blob));
    }

    private void Receive(Moment now, Line host, LineMessage.Reply reply)
    {
        if (!_calls.TryGetValue(reply.Number, out var asked) || asked.Host != host || asked.Due <= now.Mono)
        {
            Dropped++;
            return;
        }

        _calls.Remove(reply.Number);
        var initiator = asked.Initiator;
        asked.Answered = true;
        initiator.Outstanding--;
        var (ours, theirs) = (0UL, 0UL);
        if (asked.Relay && reply.Relay && initiator.State is not LineState.Gone && IsProven(now, initiator) && IsProven(now, host))
        {
            relay?.TryAllocate(now, initiator.Id, initiator.RelayEnd, host.Id, host.RelayEnd, out ours, out theirs);
        }

        Say(initiator, new LineMessage.Answer(asked.Number, ours, reply.Blob));
        Say(host, new LineMessage.Delivered(reply.Number, theirs));
    }

    // Drawn, not counted: numbers would tell a node how many introductions its hub makes.
    private ulong DrawCall()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong number;
        do
        {
            entropy.Fill(bytes);
            number = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }
        while (number == 0 || _calls.ContainsKey(number));
        return number;
    }

    private sealed class Asked(Line initiator, ulong number, bool relay, Instant due)
    {
        public Line Initiator => initiator;

        public ulong Number => number;

        public bool Relay => relay;

        public Instant Due => due;

        public Line? Host { get; set; }

        public ulong Call { get; set; }

        public bool Answered { get; set; }
    }
}
