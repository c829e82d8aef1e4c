namespace Hawser.Transport;

/// <summary>Gives a connection the identifiers under which its packets find it.</summary>
internal interface ICidTable
{
    /// <summary>Another one, which leads to the connection from now on.</summary>
    Cid Issue(ConnectionId connection);

    /// <summary>It leads nowhere any more.</summary>
    void Retire(in Cid cid);
}
