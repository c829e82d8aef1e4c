namespace Hawser.Session.Tcp;

/// <summary>A machine that has channels over TCP among its parts.</summary>
internal interface ITcpHolder
{
    /// <summary>Whoever feeds them feeds the machine.</summary>
    TcpChannels Tcp { get; }
}
