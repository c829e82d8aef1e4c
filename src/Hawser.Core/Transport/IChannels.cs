using Hawser.Crypto;

namespace Hawser.Transport;

/// <summary>
/// Connections that are up, whatever carries them: datagrams or TCP. What is built on a connection uses this, and does
/// not learn which it is.
/// </summary>
internal interface IChannels
{
    /// <summary>Answers KeyWanted; null is silence.</summary>
    void AnswerKey(Moment now, ConnectionId id, DhPublicKey? key);

    /// <summary>Answers Requested with yes. Established follows when the initiator's first sealed bytes come.</summary>
    void Accept(Moment now, ConnectionId id, ReadOnlySpan<byte> acceptData);

    /// <summary>Answers Requested with no: in silence where the carrier has no sealed no.</summary>
    void Refuse(Moment now, ConnectionId id);

    /// <summary>Answers Requested with silence.</summary>
    void Ignore(Moment now, ConnectionId id);

    /// <inheritdoc cref="Endpoint.Send(Moment, ConnectionId, ReadOnlySpan{byte})"/>
    SendResult Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagram);

    /// <inheritdoc cref="Endpoint.OpenStream"/>
    uint OpenStream(Moment now, ConnectionId id);

    /// <inheritdoc cref="Endpoint.Write"/>
    int Write(Moment now, ConnectionId id, uint stream, ReadOnlySpan<byte> bytes);

    /// <inheritdoc cref="Endpoint.Read(Moment, ConnectionId, uint, Span{byte}, out bool)"/>
    int Read(Moment now, ConnectionId id, uint stream, Span<byte> target, out bool end);

    /// <inheritdoc cref="Endpoint.IsAtEnd"/>
    bool IsAtEnd(ConnectionId id, uint stream);

    /// <inheritdoc cref="Endpoint.Finish"/>
    void Finish(Moment now, ConnectionId id, uint stream);

    /// <inheritdoc cref="Endpoint.Reset"/>
    void Reset(Moment now, ConnectionId id, uint stream);

    /// <inheritdoc cref="Endpoint.Close"/>
    void Close(Moment now, ConnectionId id, CloseReason reason);

    /// <inheritdoc cref="Endpoint.Describe"/>
    ConnectionInfo? Describe(ConnectionId id);
}
