#!/usr/bin/perl
# What SNMP::Info reads of a device, opened as Netdisco opens it: counts, as one JSON object.
# snmp-info.pl HOST PORT COMMUNITY MIBFOLDER
use strict;
use warnings;
use SNMP::Info;

my ( $host, $port, $community, $mibs ) = @ARGV;
opendir( my $folder, $mibs ) or die "$mibs: $!";
my @folders = map {"$mibs/$_"} grep { !/^\./ && -d "$mibs/$_" } sort readdir $folder;
my $device = SNMP::Info->new(
    AutoSpecify => 1, DestHost => $host, RemotePort => $port, Community => $community, Version => 2,
    MibDirs => \@folders, IgnoreNetSNMPConf => 1, BulkWalk => 1, BulkRepeaters => 20, Retries => 1, Timeout => 3_000_000,
) or die "no answer\n";

sub table { my $method = shift; my $read = eval { $device->$method() }; return ref $read eq 'HASH' ? $read : {} }
sub values_of { my %seen = map { $_ => 1 } grep { defined && !ref } values %{ table(shift) }; return \%seen }
sub count { return scalar keys %{ $_[0] } }

my $members = table('i_vlan_membership');
my %pairs;
for my $port ( keys %$members ) { $pairs{"$port $_"} = 1 for @{ $members->{$port} || [] } }
my %rows = (
    ports      => count( table('interfaces') ),
    addresses  => count( table('ip_index') ) + count( table('ipv6_index') ),
    vlans      => count( table('v_name') ) || count( table('v_index') ),
    portVlans  => count( \%pairs ),
    modules    => count( table('e_class') ) || count( table('e_descr') ),
    portPower  => count( table('peth_port_admin') ),
    lldp       => count( table('lldp_ip') ),
    cdp        => count( table('cdp_ip') ),
    ospf       => count( table('ospf_peers') ),
    bgp        => count( table('bgp_peers') ),
    macs       => count( values_of('qb_fw_mac') ) || count( values_of('fw_mac') ),
    bindings   => count( table('at_paddr') ) + count( table('ipv6_n2p_mac') ),
);
printf "{\"version\":\"%s\",\"class\":\"%s\",\"rows\":{%s}}\n", $SNMP::Info::VERSION, ref $device,
    join ',', map {"\"$_\":$rows{$_}"} sort keys %rows;
