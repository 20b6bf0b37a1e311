/**
 * Attribute types and object classes of RFC 4512, 4519, 4524, 2798, 2307 and 4530, those of OpenLDAP's operational
 * attributes and memberOf: names, OIDs and rules only.
 */

const syntax = "1.3.6.1.4.1.1466.115.121.1";

/** What types have in common, and the types: `OID=name,alias`. */
const types: Record<string, string> = {
  [`EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX ${syntax}.15`]: `
    2.5.4.41=name 2.5.4.13=description 0.9.2342.19200300.100.1.1=uid,userid 2.5.4.9=street,streetAddress
    2.5.4.15=businessCategory 2.5.4.17=postalCode 2.5.4.18=postOfficeBox 2.5.4.19=physicalDeliveryOfficeName
    2.5.4.51=houseIdentifier 0.9.2342.19200300.100.1.2=textEncodedORAddress 0.9.2342.19200300.100.1.4=info
    0.9.2342.19200300.100.1.5=drink,favouriteDrink 0.9.2342.19200300.100.1.6=roomNumber
    0.9.2342.19200300.100.1.8=userClass 0.9.2342.19200300.100.1.9=host 0.9.2342.19200300.100.1.11=documentIdentifier
    0.9.2342.19200300.100.1.12=documentTitle 0.9.2342.19200300.100.1.13=documentVersion
    0.9.2342.19200300.100.1.15=documentLocation 0.9.2342.19200300.100.1.40=personalTitle
    0.9.2342.19200300.100.1.43=co,friendlyCountryName 0.9.2342.19200300.100.1.45=organizationalStatus
    0.9.2342.19200300.100.1.48=buildingName 0.9.2342.19200300.100.1.56=documentPublisher
    2.16.840.1.113730.3.1.1=carLicense 2.16.840.1.113730.3.1.2=departmentNumber 2.16.840.1.113730.3.1.241=displayName
    2.16.840.1.113730.3.1.3=employeeNumber 2.16.840.1.113730.3.1.4=employeeType
    2.16.840.1.113730.3.1.39=preferredLanguage`,
  "SUP name": `
    2.5.4.3=cn,commonName 2.5.4.4=sn,surname 2.5.4.7=l,localityName 2.5.4.8=st,stateOrProvinceName
    2.5.4.10=o,organizationName 2.5.4.11=ou,organizationalUnitName 2.5.4.12=title 2.5.4.42=givenName,gn
    2.5.4.43=initials 2.5.4.44=generationQualifier 2.5.4.54=dmdName 2.5.4.65=pseudonym
    1.3.6.1.1.1.1.16=ipServiceProtocol 1.3.6.1.1.1.1.26=nisMapName`,
  [`EQUALITY distinguishedNameMatch SYNTAX ${syntax}.12`]: `
    2.5.4.49=distinguishedName 2.5.18.3=creatorsName 2.5.18.4=modifiersName 1.3.6.1.1.20=entryDN
    2.5.18.10=subschemaSubentry 1.2.840.113556.1.2.102=memberOf 0.9.2342.19200300.100.1.10=manager
    0.9.2342.19200300.100.1.14=documentAuthor 0.9.2342.19200300.100.1.21=secretary
    0.9.2342.19200300.100.1.38=associatedName 0.9.2342.19200300.100.1.54=dITRedirect`,
  [`EQUALITY caseIgnoreIA5Match SYNTAX ${syntax}.26`]: `
    0.9.2342.19200300.100.1.26=aRecord 0.9.2342.19200300.100.1.27=mDRecord 0.9.2342.19200300.100.1.28=mXRecord
    0.9.2342.19200300.100.1.29=nSRecord 0.9.2342.19200300.100.1.30=sOARecord 0.9.2342.19200300.100.1.31=cNAMERecord
    1.3.6.1.1.1.1.19=ipHostNumber 1.3.6.1.1.1.1.20=ipNetworkNumber 1.3.6.1.1.1.1.21=ipNetmaskNumber
    1.3.6.1.1.1.1.22=macAddress`,
  [`EQUALITY integerMatch SYNTAX ${syntax}.27`]: `
    1.3.6.1.1.1.1.5=shadowLastChange 1.3.6.1.1.1.1.6=shadowMin 1.3.6.1.1.1.1.7=shadowMax 1.3.6.1.1.1.1.8=shadowWarning
    1.3.6.1.1.1.1.9=shadowInactive 1.3.6.1.1.1.1.10=shadowExpire 1.3.6.1.1.1.1.11=shadowFlag
    1.3.6.1.1.1.1.15=ipServicePort 1.3.6.1.1.1.1.17=ipProtocolNumber 1.3.6.1.1.1.1.18=oncRpcNumber`,
  [`EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX ${syntax}.26`]: `
    0.9.2342.19200300.100.1.3=mail,rfc822Mailbox 0.9.2342.19200300.100.1.25=dc,domainComponent
    0.9.2342.19200300.100.1.37=associatedDomain 1.2.840.113549.1.9.1=email,emailAddress,pkcs9email
    0.9.2342.19200300.100.1.46=janetMailbox 1.3.6.1.1.1.1.2=gecos`,
  [`EQUALITY telephoneNumberMatch SUBSTR telephoneNumberSubstringsMatch SYNTAX ${syntax}.50`]: `
    2.5.4.20=telephoneNumber 0.9.2342.19200300.100.1.20=homePhone,homeTelephoneNumber
    0.9.2342.19200300.100.1.41=mobile,mobileTelephoneNumber 0.9.2342.19200300.100.1.42=pager,pagerTelephoneNumber`,
  "SUP distinguishedName": `
    2.5.4.34=seeAlso 2.5.4.31=member 2.5.4.32=owner 2.5.4.33=roleOccupant`,
  [`EQUALITY objectIdentifierMatch SYNTAX ${syntax}.38`]: `
    2.5.4.0=objectClass 2.5.21.9=structuralObjectClass 2.5.4.30=supportedApplicationContext`,
  [`EQUALITY caseExactIA5Match SYNTAX ${syntax}.26`]: `
    1.3.6.1.1.1.1.3=homeDirectory 1.3.6.1.1.1.1.4=loginShell 1.3.6.1.1.1.1.24=bootFile`,
  [`EQUALITY caseExactIA5Match SUBSTR caseExactIA5SubstringsMatch SYNTAX ${syntax}.26`]: `
    1.3.6.1.1.1.1.12=memberUid 1.3.6.1.1.1.1.13=memberNisNetgroup 1.3.6.1.1.1.1.27=nisMapEntry`,
  [`EQUALITY caseIgnoreMatch SYNTAX ${syntax}.15`]: `
    2.5.4.2=knowledgeInformation 0.9.2342.19200300.100.1.44=uniqueIdentifier`,
  [`EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX ${syntax}.44`]: `
    2.5.4.5=serialNumber 2.5.4.27=destinationIndicator`,
  [`EQUALITY caseIgnoreListMatch SUBSTR caseIgnoreListSubstringsMatch SYNTAX ${syntax}.41`]: `
    2.5.4.16=postalAddress 0.9.2342.19200300.100.1.39=homePostalAddress`,
  [`EQUALITY numericStringMatch SUBSTR numericStringSubstringsMatch SYNTAX ${syntax}.36`]: `
    2.5.4.24=x121Address 2.5.4.25=internationaliSDNNumber`,
  [`EQUALITY certificateExactMatch SYNTAX ${syntax}.8`]: `
    2.5.4.36=userCertificate 2.5.4.37=cACertificate`,
  [`EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX ${syntax}.27`]: `
    1.3.6.1.1.1.1.0=uidNumber 1.3.6.1.1.1.1.1=gidNumber`,
  [`EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX ${syntax}.24`]: `
    2.5.18.1=createTimestamp 2.5.18.2=modifyTimestamp`,
  [`SUP name SYNTAX ${syntax}.11`]: `
    2.5.4.6=c,countryName`,
  [`SUP postalAddress SYNTAX ${syntax}.41`]: `
    2.5.4.26=registeredAddress`,
  [`EQUALITY bitStringMatch SYNTAX ${syntax}.6`]: `
    2.5.4.45=x500UniqueIdentifier`,
  [`EQUALITY caseIgnoreMatch ORDERING caseIgnoreOrderingMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX ${syntax}.44`]: `
    2.5.4.46=dnQualifier`,
  [`EQUALITY uniqueMemberMatch SYNTAX ${syntax}.34`]: `
    2.5.4.50=uniqueMember`,
  [`EQUALITY octetStringMatch SYNTAX ${syntax}.40`]: `
    2.5.4.35=userPassword`,
  [`EQUALITY caseExactMatch SYNTAX ${syntax}.15`]: `
    1.3.6.1.4.1.250.1.57=labeledURI`,
  "EQUALITY UUIDMatch ORDERING UUIDOrderingMatch SYNTAX 1.3.6.1.1.16.1": `
    1.3.6.1.1.16.4=entryUUID`,
  "EQUALITY CSNMatch ORDERING CSNOrderingMatch SYNTAX 1.3.6.1.4.1.4203.666.11.2.1": `
    1.3.6.1.4.1.4203.666.1.7=entryCSN`,
  [`EQUALITY booleanMatch SYNTAX ${syntax}.7`]: `
    2.5.18.9=hasSubordinates`,
  // Without a rule nothing matches but presence.
  "": `
    2.5.4.14=searchGuide 2.5.4.21=telexNumber 2.5.4.22=teletexTerminalIdentifier 2.5.4.23=facsimileTelephoneNumber,fax
    2.5.4.28=preferredDeliveryMethod 2.5.4.38=authorityRevocationList 2.5.4.39=certificateRevocationList
    2.5.4.40=crossCertificatePair 2.5.4.47=enhancedSearchGuide 2.5.4.52=supportedAlgorithms
    2.5.4.53=deltaRevocationList 0.9.2342.19200300.100.1.7=photo 0.9.2342.19200300.100.1.22=otherMailbox
    0.9.2342.19200300.100.1.47=mailPreferenceOption 0.9.2342.19200300.100.1.49=dSAQuality
    0.9.2342.19200300.100.1.50=singleLevelQuality 0.9.2342.19200300.100.1.51=subtreeMinimumQuality
    0.9.2342.19200300.100.1.52=subtreeMaximumQuality 0.9.2342.19200300.100.1.53=personalSignature
    0.9.2342.19200300.100.1.55=audio 0.9.2342.19200300.100.1.60=jpegPhoto
    2.16.840.1.113730.3.1.40=userSMIMECertificate 2.16.840.1.113730.3.1.216=userPKCS12
    1.3.6.1.1.1.1.14=nisNetgroupTriple 1.3.6.1.1.1.1.23=bootParameter`,
};

/** Classes by what they are derived from. */
const classes: Record<string, string> = {
  "": "2.5.6.0=top",
  top: `
    2.5.6.2=country 2.5.6.3=locality 2.5.6.4=organization 2.5.6.5=organizationalUnit 2.5.6.6=person
    2.5.6.8=organizationalRole 2.5.6.9=groupOfNames 2.5.6.11=applicationProcess 2.5.6.12=applicationEntity
    2.5.6.14=device 2.5.6.15=strongAuthenticationUser 2.5.6.16=certificationAuthority 2.5.6.17=groupOfUniqueNames
    2.5.6.18=userSecurityInformation 2.5.6.19=cRLDistributionPoint 2.5.6.20=dmd 2.5.6.21=pkiUser 2.5.6.22=pkiCA
    2.5.6.23=deltaCRL 1.3.6.1.4.1.250.3.15=labeledURIObject 0.9.2342.19200300.100.4.19=simpleSecurityObject
    1.3.6.1.4.1.1466.344=dcObject 1.3.6.1.1.3.1=uidObject 0.9.2342.19200300.100.4.5=account
    0.9.2342.19200300.100.4.6=document 0.9.2342.19200300.100.4.7=room 0.9.2342.19200300.100.4.9=documentSeries
    0.9.2342.19200300.100.4.13=domain 0.9.2342.19200300.100.4.17=domainRelatedObject
    0.9.2342.19200300.100.4.22=qualityLabelledData 1.3.6.1.1.1.2.0=posixAccount 1.3.6.1.1.1.2.1=shadowAccount
    1.3.6.1.1.1.2.2=posixGroup 1.3.6.1.1.1.2.3=ipService 1.3.6.1.1.1.2.4=ipProtocol 1.3.6.1.1.1.2.5=oncRpc
    1.3.6.1.1.1.2.6=ipHost 1.3.6.1.1.1.2.7=ipNetwork 1.3.6.1.1.1.2.8=nisNetgroup 1.3.6.1.1.1.2.9=nisMap
    1.3.6.1.1.1.2.10=nisObject 1.3.6.1.1.1.2.11=ieee802Device 1.3.6.1.1.1.2.12=bootableDevice 2.5.6.1=alias
    2.16.840.1.113730.3.2.6=referral 2.5.20.1=subschema`,
  person: `
    2.5.6.7=organizationalPerson 2.5.6.10=residentialPerson 0.9.2342.19200300.100.4.4=pilotPerson,newPilotPerson`,
  applicationEntity: `
    2.5.6.13=dSA`,
  certificationAuthority: `
    2.5.6.16.2=certificationAuthority-V2`,
  domain: `
    0.9.2342.19200300.100.4.14=RFC822localPart 0.9.2342.19200300.100.4.15=dNSDomain`,
  country: `
    0.9.2342.19200300.100.4.18=friendlyCountry`,
  "organization $ organizationalUnit": `
    0.9.2342.19200300.100.4.20=pilotOrganization`,
  dsa: `
    0.9.2342.19200300.100.4.21=pilotDSA`,
  organizationalPerson: `
    2.16.840.1.113730.3.2.2=inetOrgPerson`,
};

function definitions(groups: Record<string, string>, rest: (common: string) => string): string[] {
  return Object.entries(groups).flatMap(([common, list]) =>
    list
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [oid, names = ""] = entry.split("=");
        return `( ${oid} NAME ( ${names.replace(/[^,]+,?/g, (name) => `'${name.replace(",", "")}' `)}) ${rest(common)} )`;
      }),
  );
}

export const standardAttributeTypes = definitions(types, (common) => common);
export const standardObjectClasses = definitions(classes, (above) => (above ? `SUP ( ${above} )` : ""));
