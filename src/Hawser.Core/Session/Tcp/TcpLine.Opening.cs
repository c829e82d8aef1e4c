using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

// I, N, K, Q and A: who it is, and whether he may.
internal sealed partial class TcpLine
{
    private byte[]? _n;
    private HostExchange? _exchange;
    private InitiatorExchange? _calling;
    private QueryExchange? _query;
    private bool _isConfirmed;
    private bool _isAnswered;

    private byte[] PrologueOf(byte letter, in PlainId dialled) => StreamPrologue.Of(letter, Options.Genesis, dialled);

    /// <summary>TCP is up: an initiator opens.</summary>
    public void Start(Moment now)
    {
        if (IsOver || Request is not { } request || State is not ChannelState.None) return;
        var prologue = PrologueOf((byte)request.Letter, request.DialledId);
        _calling = request.Letter is HandshakeLetter.I
            ? InitiatorExchange.WithTicket(_owner.Entropy, Options.Key, request.HostKey, prologue, request.ConnectData)
            : InitiatorExchange.ByName(_owner.Entropy, Options.Key, request.HostKey, request.Name, prologue, request.ConnectData);
        if (_calling is null)
        {
            Silence(now, TcpDrop.NotOpened);
            return;
        }

        SendFrame((byte)request.Letter, _calling.First);
        if (request.Letter is HandshakeLetter.N) SendFrame((byte)'K', _calling.Second);
        Become(ChannelSignal.Start);
    }

    /// <summary>TCP is up: who asks a question asks it.</summary>
    public void Ask(Moment now, in DhPublicKey host, ReadOnlySpan<byte> question)
    {
        if (IsOver) return;
        _query = QueryExchange.Ask(_owner.Entropy, host, PrologueOf((byte)'Q', default), question);
        if (_query is null) Silence(now, TcpDrop.NotOpened);
        else SendFrame((byte)'Q', _query.Bytes);
    }

    private void TakeI(Moment now, ReadOnlySpan<byte> message, ChannelState to)
    {
        if (_owner.Guard.Knows(now, message)) Silence(now, TcpDrop.Replayed);
        else if (!_owner.TryPass(now, this)) Silence(now, TcpDrop.RateLimited);
        else if (OpenI(message) is not { } exchange) Silence(now, TcpDrop.NotOpened);
        else if (!_owner.Guard.TryAdd(now, message)) Silence(now, TcpDrop.Replayed);
        else
        {
            (_exchange, State) = (exchange, to);
            AskOwner(now, HandshakeLetter.I);
        }
    }

    private void TakeN(ReadOnlySpan<byte> message, ChannelState to) => (_n, State) = (message.ToArray(), to);

    private void TakeK(Moment now, ReadOnlySpan<byte> message, ChannelState to)
    {
        if (_owner.Guard.Knows(now, message))
        {
            Silence(now, TcpDrop.Replayed);
            return;
        }

        if (!_owner.TryPass(now, this))
        {
            Silence(now, TcpDrop.RateLimited);
            return;
        }

        _exchange = OpenN(_n, message);
        _n = _exchange is null ? null : message.ToArray(); // from here on it is K that is kept
        if (_exchange?.Name is not { } name)
        {
            Silence(now, TcpDrop.NotOpened);
            return;
        }

        (State, _due, _isTold) = (to, now.Mono + Options.KeyTimeout, true);
        _owner.Events.Add(new EndpointEvent.KeyWanted(Id, name));
    }

    public void AnswerKey(Moment now, DhPublicKey? key)
    {
        if (IsOver || State is not ChannelState.Request || _exchange is not { PeerKey: null } exchange) return;
        if (key is not { } known) Silence(now, TcpDrop.UnknownName);
        else if (!exchange.TryOpenK(known)) Silence(now, TcpDrop.NotOpened);
        else if (!_owner.Guard.TryAdd(now, _n)) Silence(now, TcpDrop.Replayed);
        else AskOwner(now, HandshakeLetter.N);
    }

    private void AskOwner(Moment now, HandshakeLetter letter)
    {
        (_n, _due, _isTold) = (null, now.Mono + Options.AcceptTimeout, true);
        _owner.Events.Add(new EndpointEvent.Requested(Id, Route, _exchange!.PeerKey!.Value, _exchange.Name, letter, _exchange.ConnectData));
    }

    public void Accept(Moment now, ReadOnlySpan<byte> acceptData)
    {
        if (IsOver || State is not (ChannelState.Ticket or ChannelState.Request) || _exchange is not { PeerKey: { } key } exchange) return;
        if (exchange.Answer(_owner.Entropy, acceptData, out var secrets, _owner.Keys.Take(now.Mono)) is not { } message)
        {
            Silence(now, TcpDrop.NotOpened);
            return;
        }

        SendFrame((byte)'A', message);
        Become(ChannelSignal.Accepted);
        Open(now, key, exchange.Name is null ? HandshakeLetter.I : HandshakeLetter.N, secrets!);
        (_exchange, _due) = (null, now.Mono + Options.HandshakeTimeout);
    }

    private void TakeA(Moment now, ReadOnlySpan<byte> message, ChannelState to)
    {
        if (_calling is null || Request is not { } request || !_calling.TryReadAnswer(message, out var payload, out var secrets))
        {
            Silence(now, TcpDrop.NotOpened);
            return;
        }

        State = to;
        Open(now, request.HostKey, request.Letter, secrets!);
        (_calling, Request, _isConfirmed, _isPingDue) = (null, null, true, true); // the first T tells that A came
        _owner.Events.Add(new EndpointEvent.Established(Id, Route, PeerKey, payload));
        _owner.Opened(this);
    }

    private void TakeQ(Moment now, ReadOnlySpan<byte> message)
    {
        if (!Options.AnswersQueries) Silence(now, TcpDrop.NotAnswered);
        else if (!_owner.TryPass(now, this)) Silence(now, TcpDrop.RateLimited);
        else if (QueryExchange.Open(Options.Key, PrologueOf((byte)'Q', default), message) is not { } query) Silence(now, TcpDrop.NotOpened);
        else
        {
            (_query, _due) = (query, now.Mono + Options.KeyTimeout);
            _owner.Note(new TcpNote.Queried(Id, query.Bytes));
        }
    }

    public void AnswerQuery(Moment now, byte[]? answer)
    {
        if (IsOver || Initiates || _query is not { } query) return;
        if (answer is null || query.Answer(_owner.Entropy, answer) is not { } message)
        {
            Silence(now, TcpDrop.NotAnswered);
            return;
        }

        SendFrame((byte)'A', message);
        (_isEnding, _due) = (true, now.Mono + Linger);
    }

    private void TakeAnswer(Moment now, ReadOnlySpan<byte> message)
    {
        if (!_query!.TryReadAnswer(message, out var answer))
        {
            Silence(now, TcpDrop.NotOpened);
            return;
        }

        _isAnswered = true;
        _owner.Note(new TcpNote.Answered(Id, answer));
        Close(now, CloseReason.SelfDisconnect);
    }

    private HostExchange? OpenI(ReadOnlySpan<byte> message)
    {
        var exchange = HostExchange.OpenI(_owner.Key, PrologueOf((byte)'I', default), message);
        foreach (var id in _owner.Ids) exchange ??= HostExchange.OpenI(_owner.Key, PrologueOf((byte)'I', id), message);
        return exchange;
    }

    private HostExchange? OpenN(ReadOnlySpan<byte> n, ReadOnlySpan<byte> k)
    {
        var exchange = HostExchange.OpenN(_owner.Key, PrologueOf((byte)'N', default), n, k);
        foreach (var id in _owner.Ids) exchange ??= HostExchange.OpenN(_owner.Key, PrologueOf((byte)'N', id), n, k);
        return exchange;
    }

    private void Open(Moment now, in DhPublicKey key, HandshakeLetter letter, Secrets secrets)
    {
        (PeerKey, Letter, Exporter) = (key, letter, secrets.Exporter);
        (_send, _receive) = (new(secrets.Send), new(secrets.Receive));
        (_opened, _traffic, _heard, _sendKeyAt) = (now.Mono, now.Mono, now.Mono, now.Mono);
        _rtt = now.Mono - Began;
    }
}
